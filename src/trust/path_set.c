/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See path_set.h. Open addressing; what is added stays. */
#include "trust/path_set.h"

#include "base/digest.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 1024 };

void path_set_free(struct path_set *set)
{
    free(set->slots);
    *set = (struct path_set){0};
}

static struct path_slot *place_of(struct path_slot *slots, size_t capacity, const uint8_t key[16])
{
    uint64_t start;
    size_t at;

    memcpy(&start, key, sizeof(start));
    for (at = (size_t)start & (capacity - 1); (slots[at].flags & PATH_SET_USED) != 0;
         at = (at + 1) & (capacity - 1))
        if (memcmp(slots[at].key, key, sizeof(slots[at].key)) == 0)
            break;
    return &slots[at];
}

struct path_slot *path_set_find(const struct path_set *set, const char *path, size_t length)
{
    if (set->capacity == 0)
        return NULL;

    struct digest digest = digest_of(path, length);
    struct path_slot *slot = place_of(set->slots, set->capacity, digest.bytes);
    return (slot->flags & PATH_SET_USED) != 0 ? slot : NULL;
}

/* At most half full. */
static int grow(struct path_set *set)
{
    size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    struct path_slot *slots;

    if (set->count < set->capacity / 2)
        return 0;
    if (set->count >= PATH_SET_MAX || (slots = calloc(capacity, sizeof(*slots))) == NULL)
        return -1;
    for (size_t i = 0; i < set->capacity; i++)
        if ((set->slots[i].flags & PATH_SET_USED) != 0)
            *place_of(slots, capacity, set->slots[i].key) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return 0;
}

struct path_slot *path_set_add(struct path_set *set, const char *path, size_t length)
{
    if (grow(set) < 0)
        return NULL;

    struct digest digest = digest_of(path, length);
    struct path_slot *slot = place_of(set->slots, set->capacity, digest.bytes);
    if ((slot->flags & PATH_SET_USED) == 0) {
        memcpy(slot->key, digest.bytes, sizeof(slot->key));
        slot->flags = PATH_SET_USED;
        set->count++;
    }
    return slot;
}
