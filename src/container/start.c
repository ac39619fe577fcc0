/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start: let a created container's program run. OCI runtime.md, "Start".
 *
 * No lock is held: the gate lets exactly one caller through, and hooks may call us.
 */
#include "container/destroy.h"
#include "container/found.h"
#include "container/hook_list.h"
#include "container/state_store.h"
#include "linux/start_gate.h"

/* A hook has failed: runtime.md, steps 7 and 9 continue at step 12. The hook's error is the one that is told.
 */
static void stop_and_destroy(const struct runtime *runtime, int root, int directory,
                             const struct record *record)
{
    cleanup_observation struct observation observation = OBSERVATION_NONE;
    struct error error = {0};

    if (state_lock(directory, record->id, STATE_LOCK_TIMEOUT_MS, &error) != 0) {
        if (error.kind != ERROR_NOT_FOUND)
            notice(&runtime->notices, NOTICE_WARNING, "%s", error.message);
        return;
    }
    if (observe(record, directory, true, &observation, &error) != 0 ||
        destroy_processes(record, &observation, &error) != 0 ||
        destroy_remains(runtime, root, directory, record, observation.same_boot, &error) != 0)
        notice(&runtime->notices, NOTICE_WARNING, "after a failed hook: %s", error.message);
    state_unlock(directory);
}

static bool has_start_hooks(const struct record *record)
{
    return record->hooks != NULL && record->hooks->start_container.count > 0;
}

/* Whatever failed was ours (no descriptors, no answer) when the container waits as before, or when that
 * cannot be told: it is not to be taken away for it. */
static bool still_waits(int directory)
{
    struct error unheard;
    bool waiting = false;

    return start_gate_probe(directory, &waiting, &unheard) != 0 || waiting;
}

int container_start(const struct runtime *runtime, const char *id, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_found struct found_container found = FOUND_NONE;

    if (find_container(runtime, id, &arena, &found, error) != 0 ||
        lifecycle_check(OPERATION_START, found.observation.status, id, error) != 0)
        return -1;
    if (!found.record->has_process)
        return error_set(error, ERROR_INVALID, "cannot start container %s: its configuration has no process",
                         id);
    if (start_gate_open(found.directory, error) != 0) {
        /* ERROR_STATE: somebody else was faster; the container is his. */
        if (error->kind != ERROR_STATE && has_start_hooks(found.record) && !still_waits(found.directory))
            stop_and_destroy(runtime, found.root, found.directory, found.record);
        return error_prefix(error, "starting container %s", id);
    }
    if (hook_list_run_poststart(found.record, &arena, error) != 0) {
        stop_and_destroy(runtime, found.root, found.directory, found.record);
        return error_prefix(error, "starting container %s", id);
    }
    return 0;
}
