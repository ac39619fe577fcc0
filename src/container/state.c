/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state: what a container is now. OCI runtime.md, "Query State". Never waits for a lock. */
#include "base/descriptor.h"
#include "container/observe.h"
#include "container/oci_state.h"
#include "container/operations.h"
#include "container/state_root.h"
#include "container/state_store.h"

enum { STATE_INDENT = 2 };

int container_state(const struct runtime *runtime, const char *id, struct text *text, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int root = -1;
    cleanup_fd int directory = -1;
    cleanup_observation struct observation observation = OBSERVATION_NONE;
    const struct record *record;
    const char *root_path;

    if (state_root_path(runtime->root, &arena, &root_path, error) != 0 ||
        state_root_open(root_path, false, &root, error) != 0 ||
        state_open(root, id, &directory, error) != 0 ||
        state_read_record(directory, id, &arena, &record, error) != 0 ||
        observe(record, directory, false, &observation, error) != 0)
        return -1;
    oci_state_encode(text, record, container_status_name(observation.status),
                     observation.pidfd >= 0 ? record->pid : 0, STATE_INDENT);
    text_append_character(text, '\n');
    return 0;
}
