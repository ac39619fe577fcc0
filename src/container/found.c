/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an id to a container, for the commands that do not take its lock. */
#include "container/found.h"

#include "base/descriptor.h"
#include "container/state_root.h"
#include "container/state_store.h"

int find_container(const struct runtime *runtime, const char *id, struct arena *arena,
                   struct found_container *found, struct error *error)
{
    if (state_root_path(runtime->root, arena, &found->root_path, error) != 0 ||
        state_root_open(found->root_path, false, &found->root, error) != 0 ||
        state_open(found->root, id, &found->directory, error) != 0 ||
        state_read_record(found->directory, id, arena, &found->record, error) != 0)
        return -1;
    return observe(found->record, found->directory, false, &found->observation, error);
}

void found_container_close(struct found_container *found)
{
    observation_close(&found->observation);
    descriptor_close(&found->directory);
    descriptor_close(&found->root);
}
