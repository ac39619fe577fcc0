/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill: a signal for init, or for all. OCI runtime.md, "Kill". Needs no lock: the pidfd is of the right
 * process or of none. */
#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include "container/found.h"
#include "container/scope.h"
#include "linux/cgroup.h"

static int signal_init(const struct record *record, const struct observation *observation, int signal_number,
                       struct error *error)
{
    if (pidfd_send_signal(observation->pidfd, signal_number, NULL, 0) == 0)
        return 0;
    if (errno == ESRCH) /* it has ended since we looked */
        return lifecycle_check(OPERATION_KILL, CONTAINER_STOPPED, record->id, error);
    return error_system(error, errno, "signalling process %lld of container %s", (long long)record->pid,
                        record->id);
}

static int signal_all(const struct record *record, const struct observation *observation, int signal_number,
                      struct error *error)
{
    size_t count;
    bool ours;

    if (!observation->same_boot)
        return 0; /* nothing of another boot can be left */
    if (scope_cgroup_is_ours(record, &ours, error) != 0)
        return -1;
    if (record->cgroup != NULL && !ours)
        return 0; /* it was removed, and with it went all that was in it */
    if (record->cgroup != NULL) {
        if (signal_number == SIGKILL ? cgroup_kill(record->cgroup->mount, record->cgroup->path, error) != 0
                                     : cgroup_signal(record->cgroup->mount, record->cgroup->path,
                                                     signal_number, &count, error) != 0)
            return error_prefix(error, "signalling container %s", record->id);
        return 0;
    }
    /* Init's end ends everything in a PID namespace of the container's own. */
    if (record->own_pid_namespace && (signal_number == SIGKILL || observation->pidfd < 0))
        return observation->pidfd < 0 ? 0 : signal_init(record, observation, signal_number, error);
    return error_set(error, ERROR_UNSUPPORTED,
                     "cannot reach all processes of container %s: it has no cgroup; kill without --all "
                     "signals its first process",
                     record->id);
}

/*
 * Where the container has no PID namespace of its own, the end of init ends nobody else. SIGKILL is meant for
 * the container there, also for what init has left behind.
 */
static int means_all(const struct record *record, const struct observation *observation, int signal_number,
                     bool *all, struct error *error)
{
    if (*all || signal_number != SIGKILL || record->own_pid_namespace || record->cgroup == NULL ||
        !observation->same_boot)
        return 0;
    *all = true;
    if (observation->status != CONTAINER_STOPPED)
        return 0;
    if (scope_cgroup_is_ours(record, all, error) != 0)
        return -1;
    return *all ? cgroup_populated(record->cgroup->mount, record->cgroup->path, all, error) : 0;
}

int container_kill(const struct runtime *runtime, const char *id, int signal_number, bool all,
                   struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_found struct found_container found = FOUND_NONE;

    if (find_container(runtime, id, &arena, &found, error) != 0)
        return -1;
    if (found.record != NULL && means_all(found.record, &found.observation, signal_number, &all, error) != 0)
        return -1;
    if (lifecycle_check(all ? OPERATION_KILL_ALL : OPERATION_KILL, found.observation.status, id, error) != 0)
        return -1;
    return all ? signal_all(found.record, &found.observation, signal_number, error)
               : signal_init(found.record, &found.observation, signal_number, error);
}
