/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which paths a layer has: by half of their SHA-256, so that a name costs the same few bytes whatever it is,
 * and nobody can make names that fall together. 40 bytes a path at worst, 20 at best, doubled while it grows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { PATH_SET_MAX = 2 * 1024 * 1024 };

struct path_slot {
    uint8_t key[16];
    uint32_t flags; /* the user's; PATH_SET_USED is ours */
};

#define PATH_SET_USED (1U << 31)

struct path_set {
    struct path_slot *slots;
    size_t count, capacity;
};

void path_set_free(struct path_set *set);

/* NULL: it is not there. Valid until the next addition. */
struct path_slot *path_set_find(const struct path_set *set, const char *path, size_t length);

/* Found or added. NULL: memory is at its end, or PATH_SET_MAX reached. Valid until the next addition. */
struct path_slot *path_set_add(struct path_set *set, const char *path, size_t length);
