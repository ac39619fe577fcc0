/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names with a number each, found by hash. For some hundreds of system calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

/* Zero-initialise with the arena. Names are borrowed. */
struct name_set {
    struct arena *arena;
    const char **names; /* in the order in which they came */
    size_t count, capacity;
    uint32_t *slots; /* index + 1 */
    size_t slot_count;
};

#define NAME_SET_NONE ((size_t)-1)

/* The name's index; NAME_SET_NONE: it is not there. */
size_t name_set_find(const struct name_set *set, const char *name);

/* The name's index, after putting it there if need be; *added (may be NULL) says whether. */
size_t name_set_add(struct name_set *set, const char *name, bool *added);
