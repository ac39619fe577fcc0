/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime's side of a container's creation: one call a line, above it what fixes its place. sandbox.h
 * draws the conversation, sandbox_child.c is the other side. What was made is undone here when a later step
 * fails; what a killed runtime leaves is undone by `delete --force` from the record that born() amends.
 */
#include "linux/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/hooks.h"
#include "linux/id_maps.h"
#include "linux/namespaces.h"
#include "linux/net_devices.h"
#include "linux/pre_exec.h"
#include "linux/resctrl.h"
#include "linux/sandbox_child.h"
#include "linux/sandbox_clone.h"
#include "linux/sandbox_message.h"
#include "linux/sandbox_wait.h"
#include "linux/seccomp.h"
#include "linux/start_gate.h"
#include "linux/systemd_scope.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* What exists so far, in the order in which it was made. */
struct creation {
    const struct sandbox_request *request;
    const struct plan *plan;
    struct arena arena;
    struct seccomp_program filter;
    struct sandbox_child child; /* what the child inherits */
    struct cgroup_made cgroup_made;
    int cgroup; /* directory to be born in, or -1 */
    bool cgroup_created;
    struct systemd_scope scope; /* path "": none was started */
    struct plan scoped_plan;    /* the plan with the scope's path in it */
    struct resctrl_made resctrl_made;
    int control;
    struct process_identity process;
    int pidfd;    /* of the child, once it is born */
    int stage;    /* pidfd of the stage process while it lives, or -1 */
    bool outside; /* the child is still to be put into its cgroup */
    int network;  /* the network namespace that devices were moved to, held so that it outlives a child that
                     fails; or -1 */
};

static void tell(const struct creation *creation, const char *text)
{
    if (text != NULL && creation->request->notice != NULL)
        creation->request->notice(creation->request->context, text);
}

/* ---- before the clone ---- */

static int prepare_filter(struct creation *creation, struct error *error)
{
    const struct plan_process *process = creation->plan->process;

    if (process == NULL || process->seccomp == NULL)
        return 0;
    SANDBOX_STEP(seccomp_prepare(process->seccomp, creation->request->seccomp_cache, &creation->arena,
                                 &creation->filter, error));
    for (size_t i = 0; i < creation->filter.note_count; i++)
        tell(creation, creation->filter.notes[i].text);
    creation->child.process.filter = &creation->filter;
    return seccomp_notify_connect(process->seccomp, &creation->child.process.notify, error);
}

static int make_gate(struct creation *creation, struct error *error)
{
    if (creation->request->state_directory < 0)
        return 0;
    creation->child.gate = start_gate_make(creation->request->state_directory, error);
    return creation->child.gate < 0 ? -1 : 0;
}

static int open_sources(struct creation *creation, struct error *error)
{
    int user = namespaces_descriptor(&creation->plan->namespaces, &creation->child.handles, CLONE_NEWUSER);

    SANDBOX_STEP(
        rootfs_sources_open(creation->plan, user, &creation->arena, &creation->child.sources, error));
    tell(creation, creation->child.sources.fallback);
    return 0;
}

/* Where its cgroup is, systemd says; from here on the plan has it. */
static int start_scope(struct creation *creation, struct error *error)
{
    const struct sandbox_request *request = creation->request;
    const struct plan_systemd_scope *scope = creation->plan->cgroup.scope;

    if (creation->plan->cgroup.manager != PLAN_CGROUP_SYSTEMD)
        return 0;
    SANDBOX_STEP(systemd_scope_start(scope, &creation->scope, request->notice, request->context, error));
    creation->scoped_plan = *creation->plan;
    creation->scoped_plan.cgroup.path = creation->scope.path;
    creation->plan = &creation->scoped_plan;
    creation->child.plan = &creation->scoped_plan;
    return 0;
}

static int make_cgroup(struct creation *creation, struct error *error)
{
    int result;

    SANDBOX_STEP(start_scope(creation, error));
    result = cgroup_create(&creation->plan->cgroup, &creation->cgroup_made, &creation->cgroup, error);
    creation->cgroup_created = creation->cgroup >= 0;
    (void)text_print(creation->cgroup_made.path, sizeof(creation->cgroup_made.path), "%s",
                     creation->scope.path); /* both have room for any path */
    if (creation->request->cgroup_made != NULL)
        *creation->request->cgroup_made = creation->cgroup_made;
    return result;
}

/*
 * Would the runtime itself enter namespaces for its children that it cannot leave again? Ours belong to the
 * user namespace above where ours was made for us (rootless podman), and over that one we have no rights.
 */
static bool cannot_return(const struct creation *creation)
{
    const uint64_t entered =
        creation->child.handles.flags | (creation->plan->namespaces.new_flags & CLONE_NEWTIME);

    return creation->request->facts->in_user_namespace && (entered & NAMESPACES_OF_CHILDREN) != 0;
}

/* Which way the child is made, and what it waits for. */
static void choose_way(struct creation *creation)
{
    struct sandbox_child *child = &creation->child;
    const struct plan_namespaces *plan = &creation->plan->namespaces;

    child->staged =
        cannot_return(creation) || (sandbox_child_enters_user_namespace(child) &&
                                    (child->handles.flags != 0 || (plan->new_flags & CLONE_NEWTIME) != 0));
    child->waits = child->staged || (plan->new_flags & CLONE_NEWUSER) != 0 ||
                   creation->plan->net_device_count > 0 ||
                   /* The seccomp agent is told its number outside, which it has to learn. */
                   child->process.notify.connection >= 0;
    /* Without a stage these two are entered by the runtime, for its children alone. */
    if (!child->staged)
        child->children_flags = child->handles.flags & NAMESPACES_OF_CHILDREN;
}

/* ---- the clone ---- */

static int clone_error(const struct creation *creation, uint64_t flags, struct error *error)
{
    const char *path = creation->plan->cgroup.path;

    if (creation->cgroup >= 0 && (errno == EBUSY || errno == EOPNOTSUPP))
        return error_set(error, ERROR_STATE,
                         "the container's cgroup \"%s\" cannot hold processes: it has controllers enabled "
                         "for cgroups below, or is "
                         "threaded",
                         path);
    if (creation->cgroup >= 0 && (errno == EACCES || errno == ENODEV))
        return error_system(error, errno, "start the container's process in the cgroup \"%s\"", path);
    return namespaces_explain(&creation->plan->namespaces, flags, errno, error);
}

static int clone_child(struct creation *creation, struct error *error)
{
    struct sandbox_child *child = &creation->child;
    /* The first by ourselves, before; the others by the child. */
    const uint64_t by_others = CLONE_NEWTIME | sandbox_child_makes_namespaces(child);
    struct sandbox_clone clone = {
        .flags = child->staged ? 0 : creation->plan->namespaces.new_flags & ~by_others,
        .cgroup = creation->cgroup,
    };
    pid_t pid = sandbox_clone(&clone, child->waits);

    if (pid < 0 && errno == EAGAIN && !child->waits) {
        /* Born outside of its cgroup: then it has to wait until we have put it there. */
        child->waits = true;
        pid = sandbox_clone(&clone, true);
    }
    if (pid < 0 && errno == EACCES && creation->scope.path[0] != '\0') {
        /* Between its cgroup and ours is one that is not this user's (a login session beside the user's
         * manager): systemd may move it there. */
        child->waits = true;
        clone.cgroup = -1;
        pid = sandbox_clone(&clone, true);
        clone.outside = true;
        clone.fallback = "systemd puts the process into its cgroup: this user may not do so from here";
    }
    if (pid < 0)
        return clone_error(creation, clone.flags, error);
    if (pid == 0 && child->staged)
        sandbox_stage_run(child);
    if (pid == 0)
        sandbox_child_run(child);
    creation->outside = clone.outside;
    creation->process.pid = pid;
    *(child->staged ? &creation->stage : &creation->pidfd) = clone.pidfd;
    tell(creation, clone.fallback);
    return 0;
}

/* Back to our own pid and time namespaces for the children that are hooks. */
static int return_for_children(int own_pid, int own_time, struct error *error)
{
    if ((own_pid >= 0 && setns(own_pid, CLONE_NEWPID) < 0) ||
        (own_time >= 0 && setns(own_time, CLONE_NEWTIME) < 0))
        return error_system(error, errno, "return to the runtime's own pid and time namespaces");
    return 0;
}

static int clone_from_namespaces(struct creation *creation, struct error *error)
{
    const struct plan_namespaces *plan = &creation->plan->namespaces;
    const uint64_t joined = creation->child.children_flags;
    const bool time =
        (joined & CLONE_NEWTIME) != 0 || (!creation->child.staged && (plan->new_flags & CLONE_NEWTIME) != 0);
    cleanup_fd int own_pid = -1, own_time = -1;

    if ((joined & CLONE_NEWPID) != 0) {
        own_pid = namespaces_open_of(0, "pid", CLONE_NEWPID, error);
        if (own_pid < 0)
            return -1;
    }
    if (time) {
        own_time = namespaces_open_of(0, "time", CLONE_NEWTIME, error);
        if (own_time < 0)
            return -1;
    }
    /* Time only for our children as well: setns(CLONE_NEWTIME) would move ourselves, and is undone with the
     * rest. */
    SANDBOX_STEP(namespaces_join(plan, &creation->child.handles, joined, NULL, error));
    if (!creation->child.staged)
        SANDBOX_STEP(namespaces_make_time(plan, error));
    SANDBOX_STEP(clone_child(creation, error));
    return return_for_children(own_pid, own_time, error);
}

/* What belongs to the child alone by now. The cgroup's directory at once: nothing may carry it along
 * (CVE-2024-21626). */
static void close_childs_share(struct creation *creation)
{
    if (!creation->outside)
        descriptor_close(&creation->cgroup);
    descriptor_close(&creation->child.control);
    descriptor_close(&creation->child.gate);
    descriptor_close(&creation->child.process.notify.connection);
    rootfs_sources_close(&creation->child.sources);
}

/* ---- after the clone ---- */

static int record(struct creation *creation, struct error *error)
{
    SANDBOX_STEP(process_identify(creation->process.pid, &creation->process, error));
    if (creation->request->born == NULL)
        return 0;
    return creation->request->born(creation->request->context, &creation->process, error);
}

/* A message, or the end of the process that should have sent one. */
static int listen_to(struct creation *creation, int pidfd, struct sandbox_message *message, int *descriptor,
                     struct error *error)
{
    for (;;) {
        int status;
        int got = sandbox_wait_message(creation->control, pidfd, message, descriptor, error);

        if (got < 0)
            return -1;
        if (got == 0) {
            SANDBOX_STEP(sandbox_reap(pidfd, &status, error));
            return sandbox_explain_end(status, &creation->plan->cgroup, error);
        }
        if (message->kind == SANDBOX_MESSAGE_ERROR) {
            if (error != NULL)
                *error = message->error;
            return -1;
        }
        if (message->kind != SANDBOX_MESSAGE_NOTICE)
            return 0;
        tell(creation, message->error.message);
    }
}

static int expect(struct creation *creation, int pidfd, enum sandbox_message_kind kind, struct error *error)
{
    struct sandbox_message message;

    SANDBOX_STEP(listen_to(creation, pidfd, &message, NULL, error));
    if (message.kind != (uint32_t)kind)
        return error_set(error, ERROR_SYSTEM, "the container's process sent message %u out of turn",
                         message.kind);
    return 0;
}

static int let_continue(const struct creation *creation, struct error *error)
{
    if (sandbox_message_send(creation->control, SANDBOX_MESSAGE_CONTINUE, creation->process.pid, -1) < 0 &&
        errno != EPIPE)
        return error_system(error, errno, "speak to the container's process");
    return 0; /* EPIPE: it is gone, and the next message to be read says why */
}

/* Killed before this, we take along a child that has built itself to the end. */
static int tell_recorded(const struct creation *creation, struct error *error)
{
    if (creation->child.waits || creation->request->state_directory < 0)
        return 0;
    if (sandbox_message_send(creation->control, SANDBOX_MESSAGE_RECORDED, 0, -1) < 0 && errno != EPIPE)
        return error_system(error, errno, "speak to the container's process");
    return 0;
}

static int enter_cgroup(struct creation *creation, struct error *error)
{
    const struct plan_cgroup *cgroup = &creation->plan->cgroup;
    struct systemd_unit unit;

    if (!creation->outside || sandbox_clone_enter(creation->cgroup, creation->process.pid) == 0)
        return 0;
    if (errno != EACCES || cgroup->scope == NULL)
        return error_system(error, errno, "put the container's process into the cgroup \"%s\"", cgroup->path);
    unit = systemd_unit_of(cgroup->scope);
    return systemd_scope_attach(&unit, creation->process.pid, error);
}

/* Init keeps the scope alive by itself now. What it makes of itself meanwhile is our own code still. */
static int release_scope(struct creation *creation, struct error *error)
{
    const struct plan_cgroup *cgroup = &creation->plan->cgroup;

    if (creation->scope.path[0] == '\0')
        return 0;
    SANDBOX_STEP(systemd_scope_release(cgroup->scope, &creation->scope, error));
    SANDBOX_STEP(cgroup_complete(cgroup, error));
    systemd_scope_end(&creation->scope);
    return 0;
}

/* From a stage process to init. */
static int meet_init(struct creation *creation, struct error *error)
{
    const bool maps = (creation->plan->namespaces.new_flags & CLONE_NEWUSER) != 0;
    struct sandbox_message message;
    int status;

    /* Whom init inherits it from, unless it was born meanwhile: then its own turn comes. */
    SANDBOX_STEP(enter_cgroup(creation, error));
    if (maps) {
        SANDBOX_STEP(expect(creation, creation->stage, SANDBOX_MESSAGE_MAPS_WANTED, error));
        SANDBOX_STEP(id_maps_write(&creation->plan->namespaces, creation->process.pid, error));
        SANDBOX_STEP(let_continue(creation, error));
    }
    SANDBOX_STEP(listen_to(creation, creation->stage, &message, &creation->pidfd, error));
    if (message.kind != SANDBOX_MESSAGE_BORN || creation->pidfd < 0)
        return error_set(error, ERROR_SYSTEM, "the stage process sent message %u out of turn", message.kind);
    creation->process.pid = message.number;
    SANDBOX_STEP(sandbox_reap(creation->stage, &status, error));
    descriptor_close(&creation->stage);
    return 0;
}

static int write_maps(struct creation *creation, struct error *error)
{
    if (creation->child.staged || (creation->plan->namespaces.new_flags & CLONE_NEWUSER) == 0)
        return 0;
    /* Root may write at once: the namespace exists since the clone. */
    if (creation->request->facts->uid != 0)
        SANDBOX_STEP(expect(creation, creation->pidfd, SANDBOX_MESSAGE_MAPS_WANTED, error));
    return id_maps_write(&creation->plan->namespaces, creation->process.pid, error);
}

static int network_namespace(const struct creation *creation, struct error *error)
{
    int joined = namespaces_descriptor(&creation->plan->namespaces, &creation->child.handles, CLONE_NEWNET);

    int copy;

    if (joined < 0)
        return namespaces_open_of(creation->process.pid, "net", CLONE_NEWNET, error);
    copy = fcntl(joined, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? error_system(error, errno, "keep the network namespace open") : copy;
}

static int move_devices(struct creation *creation, struct error *error)
{
    cleanup_fd int target = -1;

    if (creation->plan->net_device_count == 0)
        return 0;
    target = network_namespace(creation, error);
    if (target < 0)
        return -1;
    SANDBOX_STEP(net_devices_move(creation->plan, target, error));
    creation->network = take_fd(&target);
    return 0;
}

static int run_host_hooks(struct creation *creation, struct error *error)
{
    const struct plan_hooks *hooks = &creation->plan->hooks;
    struct hook_context context = {.directory = creation->plan->bundle};

    if (hooks->prestart.count == 0 && hooks->create_runtime.count == 0)
        return 0;
    SANDBOX_STEP(expect(creation, creation->pidfd, SANDBOX_MESSAGE_MOUNTED, error));
    /* runtime.md, State: "created" is everything after step 2 of the lifecycle, which these are. */
    context.state_json =
        creation->request->hook_state(creation->request->context, "created", creation->process.pid);
    context.stage = "prestart";
    SANDBOX_STEP(hooks_run(&hooks->prestart, &context, error));
    context.stage = "createRuntime";
    SANDBOX_STEP(hooks_run(&hooks->create_runtime, &context, error));
    return let_continue(creation, error);
}

static int continue_child(const struct creation *creation, struct error *error)
{
    return creation->child.waits ? let_continue(creation, error) : 0;
}

static int create(struct creation *creation, struct error *error)
{
    const struct plan *plan = creation->plan;
    struct sandbox_child *child = &creation->child;

    /* Before we open anything: a number of theirs that is free would be taken by ours. */
    SANDBOX_STEP(pre_exec_check_preserved(plan->process != NULL ? plan->process->preserve_fds : 0, error));
    /* Verified before the first is entered, by the host's paths. */
    SANDBOX_STEP(namespaces_open(&plan->namespaces, &child->handles, error));
    /* Compiling takes memory and time that are not the container's to pay for: outside of its cgroup, before
     * there is one. */
    SANDBOX_STEP(prepare_filter(creation, error));
    /* Before the clone: init inherits the listening end. */
    SANDBOX_STEP(make_gate(creation, error));
    /* Whose mounts another user namespace could not clone. */
    SANDBOX_STEP(open_sources(creation, error));
    /* The cgroup before the process: there is no instant outside of its limits. */
    SANDBOX_STEP(make_cgroup(creation, error));
    SANDBOX_STEP(resctrl_create(plan, &creation->resctrl_made, error));
    SANDBOX_STEP(sandbox_message_pair(&creation->control, &child->control, error));
    child->parent_end = creation->control;
    choose_way(creation);
    SANDBOX_STEP(clone_from_namespaces(creation, error));
    close_childs_share(creation);
    if (child->staged)
        SANDBOX_STEP(meet_init(creation, error));
    /* On record before the child is let go; without anything to wait for it builds meanwhile, and dies with
     * us. */
    SANDBOX_STEP(record(creation, error));
    SANDBOX_STEP(tell_recorded(creation, error));
    SANDBOX_STEP(enter_cgroup(creation, error));
    descriptor_close(&creation->cgroup);
    SANDBOX_STEP(release_scope(creation, error));
    SANDBOX_STEP(resctrl_enter(plan, creation->process.pid, error));
    SANDBOX_STEP(write_maps(creation, error));
    SANDBOX_STEP(move_devices(creation, error));
    SANDBOX_STEP(continue_child(creation, error));
    /* runtime.md, steps 3 and 4: in our namespaces, when the mounts are made and before the root changes. */
    SANDBOX_STEP(run_host_hooks(creation, error));
    return expect(creation, creation->pidfd, SANDBOX_MESSAGE_READY, error);
}

/* ---- undo ---- */

static void add_failure(struct error *error, const struct error *failure)
{
    if (error != NULL)
        error_prefix(error, "what was begun could not be undone (%s), after", failure->message);
}

static void undo_process(struct creation *creation, struct error *error)
{
    struct error failure;

    if (creation->network >= 0 && net_devices_return(creation->plan, creation->network, &failure) < 0)
        add_failure(error, &failure);
    /* Reaped already where its end was noticed: then waitid finds no child, and that is well. */
    if (creation->pidfd >= 0 && sandbox_end(creation->pidfd, &failure) < 0 && failure.system_errno != ECHILD)
        add_failure(error, &failure);
    if (creation->stage >= 0 && sandbox_end(creation->stage, &failure) < 0 && failure.system_errno != ECHILD)
        add_failure(error, &failure);
}

static void close_all(struct creation *creation)
{
    descriptor_close(&creation->cgroup);
    descriptor_close(&creation->control);
    descriptor_close(&creation->pidfd);
    descriptor_close(&creation->stage);
    descriptor_close(&creation->network);
    descriptor_close(&creation->child.control);
    descriptor_close(&creation->child.gate);
    descriptor_close(&creation->child.process.notify.connection);
    namespaces_close(&creation->child.handles);
    rootfs_sources_close(&creation->child.sources);
}

static void undo(struct creation *creation, struct error *error)
{
    const struct plan_cgroup *cgroup = &creation->plan->cgroup;
    struct error failure;

    undo_process(creation, error);
    /* Where the limit on descriptors ended the creation, removing needs the ones that are left. */
    close_all(creation);
    /* The process that a stage made may be ours without our knowing it yet: the cgroup knows. */
    if ((creation->cgroup_created || creation->scope.path[0] != '\0') &&
        cgroup_kill(cgroup->mount, cgroup->path, &failure) < 0)
        add_failure(error, &failure);
    /* Before the cgroup is removed: systemd removes it with the unit. */
    if (systemd_scope_abandon(cgroup->scope, &creation->scope, &failure) < 0)
        add_failure(error, &failure);
    if (creation->cgroup_created &&
        cgroup_remove(cgroup->mount, cgroup->path, &creation->cgroup_made, &failure) < 0)
        add_failure(error, &failure);
    if (resctrl_undo(creation->plan, &creation->resctrl_made, &failure) < 0)
        add_failure(error, &failure);
}

int sandbox_create(const struct sandbox_request *request, struct sandbox *sandbox, struct error *error)
{
    struct creation creation = {
        .request = request,
        .plan = request->plan,
        .cgroup = -1,
        .control = -1,
        .pidfd = -1,
        .stage = -1,
        .network = -1,
        .scope = SYSTEMD_SCOPE_NONE,
        .child = {.request = request,
                  .plan = request->plan,
                  .sources = {.root = -1},
                  .parent_end = -1,
                  .control = -1,
                  .gate = -1},
    };
    int result;

    sandbox_process_begin(&creation.child.process, request->plan->process, request->facts, NULL);
    result = create(&creation, error);
    if (result < 0) {
        undo(&creation, error);
    } else {
        sandbox->process = creation.process;
        sandbox->pidfd = take_fd(&creation.pidfd);
        /* With a gate nobody speaks to init by this socket any more. */
        sandbox->control = request->state_directory < 0 ? take_fd(&creation.control) : -1;
    }
    systemd_scope_end(&creation.scope);
    close_all(&creation);
    arena_free(&creation.arena);
    return result;
}

int sandbox_start(struct sandbox *sandbox, struct error *error)
{
    int result;

    if (sandbox_message_send(sandbox->control, SANDBOX_MESSAGE_GO, 0, -1) < 0 && errno != EPIPE)
        return error_system(error, errno, "start the container's program");
    result = sandbox_message_await_start(sandbox->control, error);
    descriptor_close(&sandbox->control);
    return result;
}
