/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See name_set.h. Open addressing; what is added stays. */
#include "trust/name_set.h"

#include "base/digest.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 1024 };

void name_set_free(struct name_set *set)
{
    free(set->slots);
    *set = (struct name_set){0};
}

static struct name_slot *place_of(struct name_slot *slots, size_t capacity, const uint8_t key[16])
{
    uint64_t start;
    size_t at;

    memcpy(&start, key, sizeof(start));
    for (at = (size_t)start & (capacity - 1); (slots[at].flags & NAME_SET_USED) != 0;
         at = (at + 1) & (capacity - 1))
        if (memcmp(slots[at].key, key, sizeof(slots[at].key)) == 0)
            break;
    return &slots[at];
}

struct name_slot *name_set_find(const struct name_set *set, const char *path, size_t length)
{
    if (set->capacity == 0)
        return NULL;

    struct digest digest = digest_of(path, length);
    struct name_slot *slot = place_of(set->slots, set->capacity, digest.bytes);
    return (slot->flags & NAME_SET_USED) != 0 ? slot : NULL;
}

/* At most half full. */
static int grow(struct name_set *set)
{
    size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    struct name_slot *slots;

    if (set->count < set->capacity / 2)
        return 0;
    if (set->count >= NAME_SET_MAX || (slots = calloc(capacity, sizeof(*slots))) == NULL)
        return -1;
    for (size_t i = 0; i < set->capacity; i++)
        if ((set->slots[i].flags & NAME_SET_USED) != 0)
            *place_of(slots, capacity, set->slots[i].key) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return 0;
}

struct name_slot *name_set_add(struct name_set *set, const char *path, size_t length)
{
    if (grow(set) < 0)
        return NULL;

    struct digest digest = digest_of(path, length);
    struct name_slot *slot = place_of(set->slots, set->capacity, digest.bytes);
    if ((slot->flags & NAME_SET_USED) == 0) {
        memcpy(slot->key, digest.bytes, sizeof(slot->key));
        slot->flags = NAME_SET_USED;
        set->count++;
    }
    return slot;
}
