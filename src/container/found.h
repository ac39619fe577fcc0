/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container that was found by its id: where its state is, what is on record, how it is now. */
#pragma once

#include "base/arena.h"
#include "container/observe.h"
#include "container/operations.h"

struct found_container {
    const char *root_path;       /* of the state root, in the arena */
    int root, directory;         /* the state root and the container's directory in it */
    const struct record *record; /* in the arena */
    struct observation observation;
};

#define FOUND_NONE                                                                                           \
    {                                                                                                        \
        .root = -1, .directory = -1, .observation = OBSERVATION_NONE                                         \
    }

/*
 * Find container id and look at it, without its lock: what was seen may change at once. found must be
 * FOUND_NONE and is closed by the caller, also after an error. Errors: ERROR_NOT_FOUND, or what could not be
 * read.
 */
int find_container(const struct runtime *runtime, const char *id, struct arena *arena,
                   struct found_container *found, struct error *error);

void found_container_close(struct found_container *found);
#define cleanup_found __attribute__((cleanup(found_container_close)))
