/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state: what a container is now. OCI runtime.md, "Query State". Never waits for a lock. */
#include "container/found.h"
#include "container/oci_state.h"

enum { STATE_INDENT = 2 };

int container_state(const struct runtime *runtime, const char *id, struct text *text, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_found struct found_container found = FOUND_NONE;

    if (find_container(runtime, id, &arena, &found, error) != 0)
        return -1;
    oci_state_encode(text, found.record, container_status_name(found.observation.status),
                     found.observation.pidfd >= 0 ? found.record->pid : 0, STATE_INDENT);
    text_append_character(text, '\n');
    return 0;
}
