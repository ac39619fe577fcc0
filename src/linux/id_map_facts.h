/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who the ids of an existing user namespace are in ours (user_namespaces(7)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ID_MAP_LINES_MAX = 340 }; /* the kernel's own limit, since Linux 4.15 */

struct id_map_line {
    uint32_t inside, outside, size;
};

struct id_map_facts {
    struct id_map_line uids[ID_MAP_LINES_MAX], gids[ID_MAP_LINES_MAX];
    size_t uid_count, gid_count;
};

/* Of the namespace that process pid is in. False: it could not be read. */
bool id_map_facts_of_process(pid_t pid, struct id_map_facts *facts);

/* Of the user namespace at path: a child of ours enters it, is looked at, and ends. False: it is none, may
 * not be entered, or is not the object (device, inode) that is meant. */
bool id_map_facts_of_namespace(const char *path, uint64_t device, uint64_t inode, struct id_map_facts *facts);
