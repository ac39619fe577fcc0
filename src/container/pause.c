/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pause and resume: the freezer of the container's cgroup.
 *
 * No lock is held: freezing may take as long as its time-out, and `delete --force` and `kill` must not wait
 * for it. A frozen process of cgroup v2 dies of SIGKILL like any other (Linux 5.2).
 */
#include "container/found.h"
#include "linux/cgroup.h"

static int set_frozen(const struct record *record, bool freeze, struct error *error)
{
    const char *verb = freeze ? "pause" : "resume";

    if (record->cgroup == NULL)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "cannot %s container %s: it has no cgroup of its own, and only a cgroup can be frozen", verb,
            record->id);
    if (cgroup_freeze(record->cgroup->mount, record->cgroup->path, freeze, error) != 0)
        return error_prefix(error, "cannot %s container %s", verb, record->id);
    return 0;
}

/* Init may have ended since it was looked at: the kernel freezes an empty cgroup too, and what init has left
 * behind must not stand frozen in a container that cannot be resumed. */
static int check_still_runs(const struct record *record, const struct observation *observation,
                            struct error *error)
{
    int ended = process_wait_end(observation->pidfd, 0, error);

    if (ended < 0)
        return error_prefix(error, "container %s is paused, but", record->id);
    if (ended == 0)
        return 0;
    /* Gone together with its cgroup: as wanted. */
    if (set_frozen(record, false, error) != 0 && error->kind != ERROR_STATE)
        return -1;
    return lifecycle_check(OPERATION_PAUSE, CONTAINER_STOPPED, record->id, error);
}

static int change(const struct runtime *runtime, const char *id, bool freeze, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_found struct found_container found = FOUND_NONE;

    if (find_container(runtime, id, &arena, &found, error) != 0 ||
        lifecycle_check(freeze ? OPERATION_PAUSE : OPERATION_RESUME, found.observation.status, id, error) !=
            0 ||
        set_frozen(found.record, freeze, error) != 0)
        return -1;
    return freeze ? check_still_runs(found.record, &found.observation, error) : 0;
}

int container_pause(const struct runtime *runtime, const char *id, struct error *error)
{
    return change(runtime, id, true, error);
}

int container_resume(const struct runtime *runtime, const char *id, struct error *error)
{
    return change(runtime, id, false, error);
}
