/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found out before, in a directory that only root (rootless: the user) may enter and that no reboot
 * survives (container/trust_cache.c). Entries are values under a digest of ALL that they depend on; so
 * nothing outlives what it came from, and a changed input is another key.
 *
 *   answer    the keyrings' bytes in their order, a blob's bytes -> what gpg said of it, with the time at
 *             which it was asked and "good until": the earliest time at which a key or a signature expires or
 *             begins to count (container/gpg_answers.h). Rules, names, ages and claims are not in it: they
 *             are judged anew each time, which costs little.
 *   binding   only where contents need not be read again: the way, the seal, diff_ids, the mount's options,
 *             the layers' directories and their identity (device, inode, change time) -> holds
 *             (trust/binding_ways.c)
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/digest.h"

struct trust_cache {
    /* The value under a key; false: none that can be believed. */
    bool (*get)(void *context, const struct digest *key, struct arena *arena, const char **value,
                size_t *length);
    /* Remember it; one that cannot be kept is no error: the next one looks again. */
    void (*put)(void *context, const struct digest *key, const char *value, size_t length);
    void *context;
};
