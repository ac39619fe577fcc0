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

static bool has_ended(const struct observation *observation)
{
    struct error unheard;

    return process_wait_end(observation->pidfd, 0, &unheard) == 1;
}

/*
 * Init may end between the look at it and the freezer. The kernel freezes an empty cgroup too; what init has
 * left behind must not stand frozen in a container that cannot be resumed; and a cgroup that went away is no
 * failure of ours to tell.
 */
static int change_running(const struct record *record, const struct observation *observation, bool freeze,
                          struct error *error)
{
    int result = set_frozen(record, freeze, error);

    /* What goes on may well end at once. */
    if ((!freeze && result == 0) || !has_ended(observation))
        return result;
    /* ERROR_STATE: there is no such cgroup any more. */
    if (result == 0 && set_frozen(record, false, error) != 0 && error->kind != ERROR_STATE)
        return -1;
    return lifecycle_check(freeze ? OPERATION_PAUSE : OPERATION_RESUME, CONTAINER_STOPPED, record->id, error);
}

static int change(const struct runtime *runtime, const char *id, bool freeze, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_found struct found_container found = FOUND_NONE;

    if (find_container(runtime, id, &arena, &found, error) != 0 ||
        lifecycle_check(freeze ? OPERATION_PAUSE : OPERATION_RESUME, found.observation.status, id, error) !=
            0)
        return -1;
    return change_running(found.record, &found.observation, freeze, error);
}

int container_pause(const struct runtime *runtime, const char *id, struct error *error)
{
    return change(runtime, id, true, error);
}

int container_resume(const struct runtime *runtime, const char *id, struct error *error)
{
    return change(runtime, id, false, error);
}
