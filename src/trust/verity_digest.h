/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digest that fs-verity has for a file's contents, computed here (kernel, filesystems/fsverity: Merkle
 * tree of SHA-256 over blocks of 4096 bytes, no salt; the digest is that of the descriptor). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"

enum { VERITY_BLOCK = 4096, VERITY_LEVELS = 8 }; /* 128^8 blocks: more than 2^64 bytes */

struct verity_state {
    uint64_t size;
    uint8_t data[VERITY_BLOCK]; /* a block that is not full yet */
    struct verity_level {
        uint8_t hashes[VERITY_BLOCK];
        size_t used;    /* bytes */
        uint64_t count; /* hashes since the beginning */
    } levels[VERITY_LEVELS];
};

void verity_begin(struct verity_state *state);
void verity_add(struct verity_state *state, const void *bytes, size_t length);
struct digest verity_end(struct verity_state *state);
