/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See verity_digest.h. */
#include "trust/verity_digest.h"

#include <string.h>
#include "base/memory.h"

enum { DESCRIPTOR_BYTES = 256, HASH_SHA256 = 1, LOG_BLOCK = 12, DATA_SIZE_AT = 8, ROOT_AT = 16 };

void verity_begin(struct verity_state *state)
{
    state->size = 0;
    for (size_t i = 0; i < VERITY_LEVELS; i++)
        state->levels[i].used = state->levels[i].count = 0;
}

/* A block's hash into its level; a level's block that is full is hashed into the next. */
static void push(struct verity_state *state, const uint8_t block[VERITY_BLOCK])
{
    for (size_t i = 0; i < VERITY_LEVELS; i++) {
        struct verity_level *level = &state->levels[i];
        const struct digest hash = digest_of(block, VERITY_BLOCK);

        memcpy(level->hashes + level->used, hash.bytes, DIGEST_BYTES);
        level->used += DIGEST_BYTES;
        level->count++;
        if (level->used < VERITY_BLOCK)
            return;
        level->used = 0;
        block = level->hashes;
    }
}

void verity_add(struct verity_state *state, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;

    while (length > 0) {
        size_t filled = state->size % VERITY_BLOCK;
        size_t part = VERITY_BLOCK - filled;

        if (filled == 0 && length >= VERITY_BLOCK) {
            push(state, next);
            part = VERITY_BLOCK;
        } else {
            part = length < part ? length : part;
            memcpy(state->data + filled, next, part);
            if (filled + part == VERITY_BLOCK)
                push(state, state->data);
        }
        state->size += part;
        next += part;
        length -= part;
    }
}

/* The hash that stands alone on its level. A block that is not full is filled up with zeros. */
static void find_root(struct verity_state *state, uint8_t root[DIGEST_BYTES])
{
    size_t filled = state->size % VERITY_BLOCK;

    memset(root, 0, DIGEST_BYTES); /* of an empty file */
    if (filled > 0) {
        memset(state->data + filled, 0, VERITY_BLOCK - filled);
        push(state, state->data);
    }
    for (size_t i = 0; i < VERITY_LEVELS && state->levels[i].count > 0; i++) {
        struct verity_level *level = &state->levels[i], *next = level + 1;

        if (level->count == 1) {
            memcpy(root, level->hashes, DIGEST_BYTES);
            return;
        }
        if (level->used > 0 && i + 1 < VERITY_LEVELS) {
            struct digest hash;

            memset(level->hashes + level->used, 0, VERITY_BLOCK - level->used);
            hash = digest_of(level->hashes, VERITY_BLOCK);
            /* A next level that was filled exactly has been hashed on already. */
            memcpy(next->hashes + next->used, hash.bytes, DIGEST_BYTES);
            next->used += DIGEST_BYTES;
            next->count++;
        }
    }
}

struct digest verity_end(struct verity_state *state)
{
    uint8_t descriptor[DESCRIPTOR_BYTES] = {1 /* version */, HASH_SHA256, LOG_BLOCK};

    for (size_t i = 0; i < 8; i++)
        descriptor[DATA_SIZE_AT + i] = (uint8_t)(state->size >> (8 * i));
    find_root(state, descriptor + ROOT_AT);
    return digest_of(descriptor, sizeof(descriptor));
}
