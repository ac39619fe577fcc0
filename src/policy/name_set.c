/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open addressing, at most half full. */
#include "policy/name_set.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

static size_t slot_of(const struct name_set *set, const char *name)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    size_t slot;

    for (const char *c = name; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    slot = hash & (set->slot_count - 1);
    while (set->slots[slot] != 0 && strcmp(set->names[set->slots[slot] - 1], name) != 0)
        slot = (slot + 1) & (set->slot_count - 1);
    return slot;
}

static void grow(struct name_set *set)
{
    size_t capacity = set->capacity != 0 ? set->capacity * 2 : FIRST_CAPACITY;
    const char **names = arena_array(set->arena, capacity, sizeof(*names));

    if (set->count > 0)
        memcpy(names, set->names, set->count * sizeof(*names));
    set->names = names;
    set->capacity = capacity;
    set->slot_count = capacity * 2;
    set->slots = arena_array(set->arena, set->slot_count, sizeof(*set->slots));
    for (size_t i = 0; i < set->count; i++)
        set->slots[slot_of(set, names[i])] = (uint32_t)i + 1;
}

size_t name_set_find(const struct name_set *set, const char *name)
{
    uint32_t index = set->count > 0 ? set->slots[slot_of(set, name)] : 0;

    return index > 0 ? index - 1 : NAME_SET_NONE;
}

size_t name_set_add(struct name_set *set, const char *name, bool *added)
{
    size_t slot;

    if (set->count == set->capacity)
        grow(set);
    slot = slot_of(set, name);
    if (added != NULL)
        *added = set->slots[slot] == 0;
    if (set->slots[slot] == 0) {
        set->names[set->count] = name;
        set->slots[slot] = (uint32_t)++set->count;
    }
    return set->slots[slot] - 1;
}
