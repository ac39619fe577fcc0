/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See inode_map.h. Open addressing, at most half full. */
#include "trust/inode_map.h"

#include <stdlib.h>
#include "base/memory.h"

enum { CAPACITY_FIRST = 64 };

static size_t place_of(uint64_t device, uint64_t inode)
{
    uint64_t mixed = (inode ^ device << 32) * 0x9e3779b97f4a7c15ULL;

    return (size_t)(mixed ^ mixed >> 29);
}

static struct inode_name *find(const struct inode_map *map, uint64_t device, uint64_t inode)
{
    size_t index = place_of(device, inode);

    for (;; index++) {
        struct inode_name *slot = &map->slots[index & (map->capacity - 1)];

        if (slot->path == NULL || (slot->device == device && slot->inode == inode))
            return slot;
    }
}

static bool grow(struct inode_map *map)
{
    size_t capacity = map->capacity == 0 ? CAPACITY_FIRST : 2 * map->capacity;
    struct inode_map grown = {.slots = calloc(capacity, sizeof(*map->slots)), .capacity = capacity};

    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].path != NULL)
            *find(&grown, map->slots[i].device, map->slots[i].inode) = map->slots[i];
    grown.count = map->count;
    free(map->slots);
    *map = grown;
    return true;
}

bool inode_map_first(struct inode_map *map, const struct tree_facts *facts, const struct tree_path *path,
                     struct tree_path *first)
{
    struct inode_name *slot;

    if (2 * map->count >= map->capacity && !grow(map))
        return false;
    slot = find(map, facts->device, facts->inode);
    if (slot->path == NULL) {
        slot->path = strdup(path->bytes);
        if (slot->path == NULL)
            return false;
        slot->device = facts->device;
        slot->inode = facts->inode;
        slot->length = path->length;
        map->count++;
    }
    *first = (struct tree_path){slot->path, slot->length};
    return true;
}

void inode_map_free(struct inode_map *map)
{
    for (size_t i = 0; i < map->capacity; i++)
        free(map->slots[i].path);
    free(map->slots);
    *map = (struct inode_map){0};
}
