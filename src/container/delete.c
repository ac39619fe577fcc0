/* SPDX-License-Identifier: GPL-2.0-or-later */
/* delete: nothing of the container stays. OCI runtime.md, "Delete"; with --force, after any fault. */
#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include "base/descriptor.h"
#include "container/destroy.h"
#include "container/operations.h"
#include "container/state_root.h"
#include "container/state_store.h"

/* A creator at work holds the lock for as long as its hooks want. Ending its init makes it fail, and clean
 * up, now. */
static void interrupt_creator(const char *id, int directory, struct arena *arena)
{
    cleanup_observation struct observation observation = OBSERVATION_NONE;
    const struct record *record;
    struct error error;

    if (!state_is_locked(directory) || state_read_record(directory, id, arena, &record, &error) != 0 ||
        observe(record, directory, false, &observation, &error) != 0)
        return; /* what is wrong shows under the lock */
    if (observation.status == CONTAINER_CREATING && observation.pidfd >= 0)
        pidfd_send_signal(observation.pidfd, SIGKILL, NULL, 0); /* already gone: as wanted */
}

static int delete_recorded(const struct runtime *runtime, int root, int directory,
                           const struct record *record, bool force, struct error *error)
{
    cleanup_observation struct observation observation = OBSERVATION_NONE;

    if (observe(record, directory, true, &observation, error) != 0 ||
        lifecycle_check(force ? OPERATION_DELETE_FORCE : OPERATION_DELETE, observation.status, record->id,
                        error) != 0)
        return -1;
    if (force && destroy_processes(record, &observation, error) != 0)
        return -1;
    return destroy_remains(runtime, root, directory, record, observation.same_boot, error);
}

static int delete_locked(const struct runtime *runtime, int root, int directory, const char *id, bool force,
                         struct error *error)
{
    cleanup_arena struct arena arena = {0};
    const struct record *record;

    if (state_read_record(directory, id, &arena, &record, error) == 0)
        return delete_recorded(runtime, root, directory, record, force, error);
    /* A record that cannot be read at the moment (no memory, I/O) may be a good one: without it the process
     * would be left. */
    if (!force || error->kind == ERROR_SYSTEM)
        return -1;
    notice(&runtime->notices, NOTICE_WARNING, "%s; cleaning up what is known of it", error->message);
    return destroy_unrecorded(runtime, root, directory, id, error);
}

int container_delete(const struct runtime *runtime, const char *id, bool force, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int root = -1;
    cleanup_fd int directory = -1;
    const char *root_path;
    int result = -1;

    if (state_root_path(runtime->root, &arena, &root_path, error) != 0 ||
        state_root_open(root_path, false, &root, error) != 0)
        return -1;
    if (state_open(root, id, &directory, error) == 0) {
        if (force)
            interrupt_creator(id, directory, &arena);
        if (state_lock(directory, id, STATE_LOCK_TIMEOUT_MS, error) == 0) {
            result = delete_locked(runtime, root, directory, id, force, error);
            state_unlock(directory);
        }
    }
    /* Engines force a deletion without knowing whether there is something, and of two that do, one is too
     * late. */
    return result != 0 && force && error->kind == ERROR_NOT_FOUND ? 0 : result;
}
