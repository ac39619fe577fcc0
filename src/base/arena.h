/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bump allocator: documents, requests and plans are built once, read often and dropped whole.
 *
 * Allocation never returns NULL. When memory ends, or an arena's limit is passed, the handler set by
 * arena_set_exhausted_handler runs (cli/ sets one that undoes what was begun, prints one line and ends the
 * process). So code that builds data needs no branch for it, and code that changes kernel state (linux/,
 * after the first effect) must not allocate from arenas but use what it was given.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Zero-initialise ("struct arena arena = {0};") or use cleanup_arena. limit: bytes in all, 0 =
 * ARENA_LIMIT_DEFAULT. */
struct arena {
    struct arena_block *blocks;
    char *next;
    char *end;
    size_t total;
    size_t limit;
};

#define ARENA_LIMIT_DEFAULT ((size_t)256 * 1024 * 1024)

/* size bytes, zeroed, aligned for any type; owned by the arena. size 0 gives a valid unique pointer. */
void *arena_allocate(struct arena *arena, size_t size) __attribute__((returns_nonnull, malloc));

/* count elements of size bytes, zeroed; an overflow of the product counts as exhaustion. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/* Copy of length bytes plus a terminating NUL. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length) __attribute__((returns_nonnull));

/* Copy of a NUL-terminated string. */
char *arena_string(struct arena *arena, const char *string) __attribute__((returns_nonnull));

/* Formatted string of any length. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Drop everything; the arena can be used again. */
void arena_free(struct arena *arena);

/* What runs when memory is exhausted; it must not return. NULL restores the default (message, abort). */
void arena_set_exhausted_handler(void (*handler)(void));

#define cleanup_arena __attribute__((cleanup(arena_free)))
