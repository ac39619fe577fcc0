/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps: which processes are the container's, as the kernel tells it: by cgroup, else by PID namespace. */
#include <stdlib.h>
#include "container/found.h"
#include "container/scope.h"
#include "linux/cgroup.h"
#include "linux/pid_namespace.h"

static int compare_pids(const void *left, const void *right)
{
    const pid_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static int find_processes(const struct record *record, const struct observation *observation,
                          struct arena *arena, pid_t **processes, size_t *count, struct error *error)
{
    bool ours;

    *processes = NULL;
    *count = 0;
    if (!observation->same_boot)
        return 0; /* nothing of another boot can be left */
    if (scope_cgroup_is_ours(record, &ours, error) != 0)
        return -1;
    if (record->cgroup != NULL)
        return ours ? cgroup_processes(record->cgroup->mount, record->cgroup->path, arena, processes, count,
                                       error)
                    : 0;
    if (record->own_pid_namespace)
        /* Init's end has ended them all. */
        return observation->pidfd < 0 ? 0
                                      : pid_namespace_processes((pid_t)record->pid, observation->pidfd, arena,
                                                                processes, count, error);
    return error_set(error, ERROR_UNSUPPORTED,
                     "its processes cannot be told from others: it has neither a cgroup nor a PID namespace "
                     "of its own");
}

int container_processes(const struct runtime *runtime, const char *id, struct arena *arena,
                        const pid_t **processes, size_t *count, struct error *error)
{
    cleanup_found struct found_container found = FOUND_NONE;
    pid_t *pids;

    if (find_container(runtime, id, arena, &found, error) != 0 ||
        lifecycle_check(OPERATION_PS, found.observation.status, id, error) != 0)
        return -1;
    if (find_processes(found.record, &found.observation, arena, &pids, count, error) != 0)
        return error_prefix(error, "cannot list the processes of container %s", id);
    if (*count > 0)
        qsort(pids, *count, sizeof(*pids), compare_pids);
    *processes = pids;
    return 0;
}
