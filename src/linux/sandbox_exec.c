/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime's side of adding a process to a container: one call a line, above it what fixes its place. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include "linux/cgroup_files.h"
#include "linux/host_proc.h"
#include "linux/pre_exec.h"
#include "linux/sandbox.h"
#include "linux/sandbox_clone.h"
#include "linux/sandbox_exec_child.h"
#include "linux/sandbox_message.h"
#include "linux/sandbox_wait.h"
#include "linux/scheduling.h"
#include "linux/seccomp.h"
#include "linux/systemd_scope.h"

struct execution {
    const struct sandbox_exec_request *request;
    struct arena arena;
    struct seccomp_program filter;
    struct sandbox_exec_child child; /* what the child inherits */
    int init;                        /* pidfd, verified */
    int cgroup;
    int control;
    bool outside; /* the first process was not born in the cgroup */
    int first;    /* its pidfd while it lives */
    struct process_identity process;
    int pidfd;
};

static void tell(const struct execution *execution, const char *text)
{
    if (text != NULL && execution->request->notice != NULL)
        execution->request->notice(execution->request->context, text);
}

static int prepare_filter(struct execution *execution, struct error *error)
{
    const struct plan_seccomp *seccomp = execution->request->process->seccomp;

    if (seccomp == NULL)
        return 0;
    SANDBOX_STEP(seccomp_prepare(seccomp, execution->request->seccomp_cache, &execution->arena,
                                 &execution->filter, error));
    for (size_t i = 0; i < execution->filter.note_count; i++)
        tell(execution, execution->filter.notes[i].text);
    execution->child.process.filter = &execution->filter;
    return seccomp_notify_connect(seccomp, &execution->child.process.notify, error);
}

static int find_init(struct execution *execution, struct error *error)
{
    SANDBOX_STEP(process_open(&execution->request->init, &execution->init, error));
    if (execution->init < 0)
        return error_set(error, ERROR_STATE, "the container is not running: its init has ended");
    execution->child.init = execution->init;
    return 0;
}

/* ---- the cgroup ---- */

static bool has_cgroup(const struct plan_cgroup *cgroup)
{
    return cgroup->manager != PLAN_CGROUP_DISABLED && cgroup->path != NULL;
}

static int refuse_frozen(const struct execution *execution, struct error *error)
{
    const struct plan_cgroup *cgroup = &execution->request->container->cgroup;
    bool frozen = false;

    if (!has_cgroup(cgroup))
        return 0;
    SANDBOX_STEP(cgroup_frozen(cgroup->mount, cgroup->path, &frozen, error));
    if (frozen)
        return error_set(error, ERROR_STATE, "cannot exec in a paused container: resume it first");
    return 0;
}

/* A cgroup below the container's own, which the container can freeze by itself. */
static int refuse_frozen_below(const struct execution *execution, const char *path, struct error *error)
{
    struct cgroup_events events;

    if (execution->request->wait_for_thaw)
        return 0;
    if (cgroup_events_read(execution->cgroup, &events) != 0)
        return cgroup_errno_gone(errno)
                   ? 0
                   : error_system(error, errno, "read the events of the cgroup \"%s\"", path);
    return events.frozen ? error_set(error, ERROR_STATE, "cannot exec in the frozen cgroup \"%s\"", path) : 0;
}

/* A directory of the v2 hierarchy, beneath its mount. A descriptor, or -1 with errno. */
static int open_directory(const char *mount, const char *path)
{
    const struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    struct statfs file_system;
    cleanup_fd int top = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (top < 0 || fstatfs(top, &file_system) < 0)
        return -1;
    if (file_system.f_type != CGROUP2_SUPER_MAGIC) {
        errno = EXDEV;
        return -1;
    }
    path += strspn(path, "/");
    return (int)syscall(SYS_openat2, top, *path != '\0' ? path : ".", &how, sizeof(how));
}

static int open_cgroup(struct execution *execution, struct error *error)
{
    const struct plan_cgroup *cgroup = &execution->request->container->cgroup;
    const char *below = execution->request->sub_cgroup;
    char path[PATH_MAX];

    if (!has_cgroup(cgroup))
        return 0;
    /* The container's own cgroup bounds it: no way up again. */
    if (below != NULL && !path_is_downward(below))
        return error_set(error, ERROR_INVALID,
                         "the cgroup \"%s\" does not lie beneath the container's: give a path without \"..\"",
                         below);
    if (text_print(path, sizeof(path), "%s%s%s", cgroup->path, below != NULL ? "/" : "",
                   below != NULL ? below : "") < 0)
        return error_set(error, ERROR_INVALID, "the path of the cgroup is too long");
    execution->cgroup = open_directory(cgroup->mount, path);
    if (execution->cgroup < 0 && !(errno == ENOENT && cgroup->optional && below == NULL))
        return error_system(error, errno, "open the container's cgroup \"%s\"", path);
    return below != NULL ? refuse_frozen_below(execution, path, error) : 0;
}

/*
 * Where init is now. A container that manages cgroups of its own (systemd) has moved its processes below the
 * one that we made, which then holds no processes. What lies elsewhere is not the container's, whatever moved
 * init there.
 */
static int open_current_cgroup(struct execution *execution, struct error *error)
{
    const struct plan_cgroup *cgroup = &execution->request->container->cgroup;
    char path[64], text[PATH_MAX];
    char *current;

    SANDBOX_STEP(host_proc_require(error));
    snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)execution->request->init.pid);
    if (descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
        return error_system(error, errno, "read the cgroup of the container's init");
    current = text_starts_with(text, "0::") ? text : strstr(text, "\n0::");
    if (current == NULL)
        return error_set(error, ERROR_SYSTEM, "the container's init is in no cgroup of version 2");
    current = strstr(current, "::") + 2;
    current[strcspn(current, "\n")] = '\0';
    if (!path_is_beneath(current, cgroup->path))
        return error_set(
            error, ERROR_STATE,
            "the container's init is in the cgroup \"%s\", which is not beneath the container's own \"%s\"",
            current, cgroup->path);
    descriptor_close(&execution->cgroup);
    execution->cgroup = open_directory(cgroup->mount, current);
    if (execution->cgroup < 0)
        return error_system(error, errno, "open the cgroup \"%s\"", current);
    SANDBOX_STEP(refuse_frozen_below(execution, current, error));
    tell(execution,
         "the process joins init's current cgroup: the container's own holds no processes (EBUSY)");
    return 0;
}

/* ---- the clone ---- */

static pid_t clone_first(struct execution *execution, struct sandbox_clone *clone)
{
    pid_t pid;

    *clone = (struct sandbox_clone){.cgroup = execution->cgroup};
    pid = sandbox_clone(clone, true);
    if (pid == 0)
        sandbox_exec_child_run(&execution->child);
    return pid;
}

/*
 * Between the container's cgroup and ours is one that is not this user's (a login session beside the user's
 * manager): systemd moves the process, which waits for that. A cgroup below the unit's is not systemd's.
 */
static pid_t clone_for_systemd(struct execution *execution, struct sandbox_clone *clone)
{
    execution->child.waits = true;
    descriptor_close(&execution->cgroup);
    tell(execution,
         "systemd puts the process into the container's cgroup: this user may not do so from here");
    return clone_first(execution, clone);
}

static int move_by_systemd(const struct execution *execution, pid_t pid, struct error *error)
{
    const struct systemd_unit unit = systemd_unit_of(execution->request->container->cgroup.scope);

    SANDBOX_STEP(systemd_scope_attach(&unit, pid, error));
    if (sandbox_message_send(execution->control, SANDBOX_MESSAGE_CONTINUE, pid, -1) < 0 && errno != EPIPE)
        return error_system(error, errno, "speak to the process");
    return 0;
}

static int start_first(struct execution *execution, struct error *error)
{
    struct sandbox_clone clone;
    pid_t pid = clone_first(execution, &clone);

    if (pid < 0 && errno == EACCES && execution->request->sub_cgroup == NULL &&
        execution->request->container->cgroup.scope != NULL)
        pid = clone_for_systemd(execution, &clone);

    if (pid < 0 && errno == EBUSY && execution->request->sub_cgroup == NULL) {
        SANDBOX_STEP(open_current_cgroup(execution, error));
        pid = clone_first(execution, &clone);
    }
    if (pid < 0)
        return error_system(error, errno, "start a process in the container's cgroup");
    execution->first = clone.pidfd;
    execution->outside = clone.outside;
    tell(execution, clone.fallback);
    if (clone.outside && sandbox_clone_enter(execution->cgroup, pid) < 0)
        return error_system(error, errno, "put the process into the container's cgroup");
    if (execution->child.waits && move_by_systemd(execution, pid, error) < 0)
        return -1;
    descriptor_close(&execution->child.control);
    descriptor_close(&execution->child.process.notify.connection);
    return 0;
}

/* ---- the conversation ---- */

static int meet_second(struct execution *execution, struct error *error)
{
    struct sandbox_message message = {.kind = SANDBOX_MESSAGE_NOTICE};
    int status;

    for (;;) {
        int got =
            sandbox_wait_message(execution->control, execution->first, &message, &execution->pidfd, error);

        if (got < 0)
            return -1;
        if (got == 0) {
            SANDBOX_STEP(sandbox_reap(execution->first, &status, error));
            return sandbox_explain_end(status, &execution->request->container->cgroup, error);
        }
        if (message.kind != SANDBOX_MESSAGE_NOTICE)
            break;
        tell(execution, message.error.message);
    }
    if (message.kind == SANDBOX_MESSAGE_ERROR) {
        if (error != NULL)
            *error = message.error;
        return -1;
    }
    if (message.kind != SANDBOX_MESSAGE_BORN || execution->pidfd < 0)
        return error_set(error, ERROR_SYSTEM, "the process sent message %u out of turn", message.kind);
    execution->process.pid = message.number;
    return 0;
}

/* Born outside of the cgroup before its sibling was put there: its own turn. */
static int enter_cgroup(struct execution *execution, struct error *error)
{
    if (execution->outside && sandbox_clone_enter(execution->cgroup, execution->process.pid) < 0)
        return error_system(error, errno, "put the process into the container's cgroup");
    descriptor_close(&execution->cgroup);
    return 0;
}

static int reap_first(struct execution *execution, struct error *error)
{
    int status;

    SANDBOX_STEP(sandbox_reap(execution->first, &status, error));
    descriptor_close(&execution->first);
    return 0;
}

static int let_continue(const struct execution *execution, struct error *error)
{
    if (sandbox_message_send(execution->control, SANDBOX_MESSAGE_CONTINUE, execution->process.pid, -1) < 0 &&
        errno != EPIPE)
        return error_system(error, errno, "speak to the process");
    return 0;
}

static int add_process(struct execution *execution, struct error *error)
{
    const struct sandbox_exec_request *request = execution->request;

    /* Before we open anything: a number of theirs that is free would be taken by ours. */
    SANDBOX_STEP(pre_exec_check_preserved(request->process->preserve_fds, error));
    SANDBOX_STEP(prepare_filter(execution, error));
    /* By start time: the number may be somebody else's by now. */
    SANDBOX_STEP(find_init(execution, error));
    /* A process born into a frozen cgroup would leave us waiting for its first word. */
    if (!request->wait_for_thaw)
        SANDBOX_STEP(refuse_frozen(execution, error));
    SANDBOX_STEP(open_cgroup(execution, error));
    /* The CPUs to run on before the container's cgroup is entered: ours, which the clone inherits. */
    SANDBOX_STEP(scheduling_set_affinity(&request->process->affinity_initial, "initial", error));
    SANDBOX_STEP(sandbox_message_pair(&execution->control, &execution->child.control, error));
    execution->child.parent_end = execution->control;
    SANDBOX_STEP(start_first(execution, error));
    SANDBOX_STEP(meet_second(execution, error));
    SANDBOX_STEP(enter_cgroup(execution, error));
    SANDBOX_STEP(process_identify(execution->process.pid, &execution->process, error));
    /* By its number, with our rights: it has none left. A scheduler of the first's could forbid it to fork.
     */
    SANDBOX_STEP(scheduling_set_policy(execution->process.pid, request->process->scheduler, error));
    SANDBOX_STEP(let_continue(execution, error));
    SANDBOX_STEP(reap_first(execution, error));
    return sandbox_message_await_start(execution->control, error);
}

static void undo(struct execution *execution, struct error *error)
{
    struct error failure;

    if (execution->first >= 0 && sandbox_end(execution->first, &failure) < 0 &&
        failure.system_errno != ECHILD && error != NULL)
        error_prefix(error, "the process could not be ended (%s), after", failure.message);
    if (execution->pidfd >= 0 && sandbox_end(execution->pidfd, &failure) < 0 &&
        failure.system_errno != ECHILD && error != NULL)
        error_prefix(error, "the process could not be ended (%s), after", failure.message);
}

int sandbox_exec(const struct sandbox_exec_request *request, struct sandbox *sandbox, struct error *error)
{
    struct execution execution = {
        .request = request,
        .init = -1,
        .cgroup = -1,
        .control = -1,
        .first = -1,
        .pidfd = -1,
        .child = {.request = request, .init = -1, .parent_end = -1, .control = -1},
    };
    int result;

    sandbox_process_begin(&execution.child.process, request->process, request->facts, NULL);
    execution.child.process.sets_scheduler = false;
    execution.child.process.landlock.joins = true;
    result = add_process(&execution, error);
    if (result < 0) {
        undo(&execution, error);
    } else {
        sandbox->process = execution.process;
        sandbox->pidfd = take_fd(&execution.pidfd);
        sandbox->control = -1;
    }
    descriptor_close(&execution.init);
    descriptor_close(&execution.cgroup);
    descriptor_close(&execution.control);
    descriptor_close(&execution.first);
    descriptor_close(&execution.pidfd);
    descriptor_close(&execution.child.control);
    descriptor_close(&execution.child.process.notify.connection);
    arena_free(&execution.arena);
    return result;
}
