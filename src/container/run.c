/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run: create and start in one process, then stay with the program to its end and delete; or leave it
 * (detached). */
#include "container/creation.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "container/destroy.h"
#include "container/hook_list.h"
#include "container/state_store.h"
#include "linux/cgroup_stats.h"

/* The program has ended. Another command may have deleted the container meanwhile, even made a new one of its
 * id. */
static int run_delete(struct creation *creation, struct error *error)
{
    struct error gone;

    if (creation->request->keep)
        return 0;
    if (state_is_removed(creation->directory))
        return 0;
    if (state_lock(creation->directory, creation->record.id, STATE_LOCK_TIMEOUT_MS, &gone) != 0) {
        if (gone.kind == ERROR_NOT_FOUND)
            return 0;
        *error = gone;
        return -1;
    }
    return destroy_remains(creation->runtime, creation->root, creation->directory, &creation->record, true,
                           error);
}

/* A program that could not be executed, or a poststart hook that failed: runtime.md continues at step 12, so
 * poststop hooks run too. */
static int run_failed(struct creation *creation)
{
    undo_run(&creation->undo);
    hook_list_run_poststop(&creation->record, &creation->runtime->notices, &creation->arena);
    return -1;
}

/* Waiting itself has failed: nobody would look after the container, nor learn how it ended. */
static int run_abandoned(struct creation *creation, struct error *error)
{
    struct error failure;
    siginfo_t information;

    pidfd_send_signal(creation->sandbox.pidfd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)creation->sandbox.pidfd, &information, WEXITED) != 0 && errno == EINTR)
        ;
    if (run_delete(creation, &failure) != 0)
        error_prefix(error, "the container could not be deleted (%s), after", failure.message);
    return -1;
}

static const char *figure(const struct cgroup_number *number, char *buffer, size_t size)
{
    if (!number->present)
        return "unknown";
    if (number->value == UINT64_MAX)
        return "none";
    (void)text_print(buffer, size, "%llu bytes", (unsigned long long)number->value);
    return buffer;
}

/* A status of 137 does not say whose signal it was; and what the kernel kills need not be the first process.
 */
static void tell_memory_kills(const struct creation *creation, int status)
{
    const struct record_cgroup *cgroup = creation->record.cgroup;
    cleanup_arena struct arena arena = {0};
    cleanup_fd int events = -1;
    struct cgroup_stats stats = {0};
    struct error gone; /* deleted meanwhile by somebody else: there is nothing left to tell */
    char limit[40], peak[40];
    uint64_t kills = 0;

    if (status == 0 || cgroup == NULL || cgroup_oom_open(cgroup->mount, cgroup->path, &events, &gone) != 0 ||
        events < 0 || !cgroup_oom_kills(events, &kills) || kills == 0 ||
        cgroup_stats_read(cgroup->mount, cgroup->path, &arena, &stats, &gone) != 0)
        return;
    notice(&creation->runtime->notices, NOTICE_WARNING,
           "container %s: out of memory: the kernel killed %llu of its processes (memory.max: %s, peak: %s)",
           creation->record.id, (unsigned long long)kills,
           figure(&stats.memory.memory.limit, limit, sizeof(limit)),
           figure(&stats.memory.memory.peak, peak, sizeof(peak)));
}

int creation_stay(struct creation *creation, int master, int *status, struct error *error)
{
    if (creation->request->detach)
        return 0;
    if (foreground_wait(&creation->sandbox, master, status, error) != 0)
        return run_abandoned(creation, error);
    tell_memory_kills(creation, *status);
    return run_delete(creation, error);
}

int container_run(const struct runtime *runtime, const struct create_request *request, int *status,
                  struct error *error)
{
    cleanup_creation struct creation creation;
    cleanup_fd int master = -1;

    *status = 0;
    if (creation_begin(&creation, runtime, request, false, error) != 0)
        return -1;
    if (creation.prepared.plan->process == NULL)
        return error_set(error, ERROR_INVALID, "%s/config.json has no process: there is no program to run",
                         creation.prepared.bundle);
    if (creation_build(&creation, error) != 0)
        return -1;
    if (console_take_master(&creation.console, &master, error) != 0)
        return -1;
    if (sandbox_start(&creation.sandbox, error) != 0)
        return run_failed(&creation);
    if (hook_list_run_poststart(&creation.record, &creation.arena, error) != 0)
        return run_failed(&creation);
    creation_done(&creation);
    return creation_stay(&creation, master, status, error);
}
