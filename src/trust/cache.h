/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found out before, in a directory that only root (rootless: the user) may enter and that no reboot
 * survives (container/trust_cache.c). Entries are values under a digest of ALL that they depend on; so
 * nothing outlives what it came from, and a changed input is another key.
 *
 *   verdict   requirement (all its fields), the keyrings' bytes, every blob's bytes, the manifest's digest,
 * the image's own name -> the verdict and its signatures, with "good until": the earliest time at which a
 * key, a signature, a claim or an age would expire, or a future one begin to count binding   only where
 * contents are not read again: diff_ids, directories and their identity (device, inode, change time), boot id
 * -> holds
 */
#pragma once

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
