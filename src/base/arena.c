/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bump allocator: blocks that double in size, so that a small document costs one of them. */
#include "base/arena.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

struct arena_block {
    struct arena_block *previous;
    size_t size; /* of the whole block, this header included */
    _Alignas(max_align_t) char bytes[];
};

enum {
    BLOCK_SIZE_FIRST = 64 * 1024,
    BLOCK_SIZE_MAX = 4 * 1024 * 1024,
};

static void (*exhausted_handler)(void);

static void __attribute__((noreturn)) arena_exhausted(void)
{
    if (exhausted_handler != NULL)
        exhausted_handler();
    /* No handler (tests), or one that broke its contract by returning. */
    fputs("out of memory\n", stderr);
    abort();
}

void arena_set_exhausted_handler(void (*handler)(void))
{
    exhausted_handler = handler;
}

/* A zeroed block of at least size bytes of payload, counted against the limit. */
static struct arena_block *arena_block_new(struct arena *arena, size_t block_size)
{
    const size_t limit = arena->limit != 0 ? arena->limit : ARENA_LIMIT_DEFAULT;
    struct arena_block *block;

    if (block_size > limit - arena->total)
        arena_exhausted();
    block = calloc(1, block_size);
    if (block == NULL)
        arena_exhausted();
    block->size = block_size;
    arena->total += block_size;
    return block;
}

/* Room for size bytes beyond the current block. */
static char *arena_grow(struct arena *arena, size_t size)
{
    const size_t limit = arena->limit != 0 ? arena->limit : ARENA_LIMIT_DEFAULT;
    size_t block_size = BLOCK_SIZE_FIRST;
    struct arena_block *block;

    if (arena->total > limit || size > limit - sizeof(struct arena_block))
        arena_exhausted();
    while (block_size < BLOCK_SIZE_MAX && block_size <= arena->total)
        block_size *= 2;

    if (size > block_size / 4 || block_size > limit - arena->total) {
        /* A block of its own behind the current one, whose rest stays usable. */
        block = arena_block_new(arena, sizeof(*block) + size);
        if (arena->blocks != NULL) {
            block->previous = arena->blocks->previous;
            arena->blocks->previous = block;
        } else {
            arena->blocks = block;
        }
        return block->bytes;
    }
    block = arena_block_new(arena, block_size);
    block->previous = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes + size;
    arena->end = (char *)block + block_size;
    return block->bytes;
}

static char *arena_take(struct arena *arena, size_t size, size_t alignment)
{
    size_t padding;

    if (arena->next == NULL)
        return arena_grow(arena, size);
    padding = (size_t)(-(uintptr_t)arena->next & (alignment - 1));
    if (padding + size < size || padding + size > (size_t)(arena->end - arena->next))
        return arena_grow(arena, size);
    arena->next += padding + size;
    return arena->next - size;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    return arena_take(arena, size == 0 ? 1 : size, _Alignof(max_align_t));
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t product;

    if (__builtin_mul_overflow(count, size, &product))
        arena_exhausted();
    return arena_allocate(arena, product);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy;

    if (length == SIZE_MAX)
        arena_exhausted();
    copy = arena_take(arena, length + 1, 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
    return arena_copy(arena, string, strlen(string));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    char small[512];
    va_list arguments;
    char *formatted;
    int length;

    va_start(arguments, format);
    length = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (length < 0)
        arena_exhausted();
    if ((size_t)length < sizeof(small))
        return arena_copy(arena, small, (size_t)length);

    formatted = arena_take(arena, (size_t)length + 1, 1);
    va_start(arguments, format);
    if (vsnprintf(formatted, (size_t)length + 1, format, arguments) != length)
        arena_exhausted();
    va_end(arguments);
    return formatted;
}

void arena_free(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block != NULL) {
        struct arena_block *previous = block->previous;
        free(block);
        block = previous;
    }
    arena->blocks = NULL;
    arena->next = NULL;
    arena->end = NULL;
    arena->total = 0;
}
