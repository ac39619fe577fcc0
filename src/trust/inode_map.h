/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first path by which each file was seen that has several: a path a file is held, nothing for others. */
#pragma once

#include "trust/tree.h"

struct inode_map {
    struct inode_name {
        uint64_t device, inode;
        char *path; /* NULL: free */
        size_t length;
    } * slots;
    size_t count, capacity; /* a power of two */
};

/* The path that came first with this file; it is remembered when there was none. false: no memory. */
bool inode_map_first(struct inode_map *map, const struct tree_facts *facts, const struct tree_path *path,
                     struct tree_path *first);
void inode_map_free(struct inode_map *map);
