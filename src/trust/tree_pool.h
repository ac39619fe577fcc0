/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of entries that wait to be looked at, and the threads that do. Entries go in and come out in order;
 * the caller, when the next to come out is not ready, looks at entries itself. For tree.c.
 */
#pragma once

#include "trust/tree_folder.h"

struct tree_entry {
    enum { ENTRY_WAITS, ENTRY_RUNS, ENTRY_DONE } state; /* guarded by the pool, but before it is put in */
    struct tree_folder *folder;                         /* that it is in; NULL: the root itself */
    char name[256];
    char *path; /* for measure; NULL */
    struct tree_order order;
    struct tree_look look;
    struct tree_fault fault; /* what NULL: none */
};

struct tree_pool;

/* NULL: no memory. threads: the caller's included, 0: one a processor; fewer are made when the system has no
 * more. */
struct tree_pool *tree_pool_make(unsigned int threads, const struct tree_visitor *visitor);

/* The reader that belongs to the caller's thread. */
struct tree_reader *tree_pool_reader(struct tree_pool *pool);

bool tree_pool_is_full(const struct tree_pool *pool);
bool tree_pool_is_empty(const struct tree_pool *pool);

/* The next free entry, empty, to be filled; then put in: in state ENTRY_WAITS, or ENTRY_DONE when there is
 * nothing to do. */
struct tree_entry *tree_pool_next(struct tree_pool *pool);
void tree_pool_put(struct tree_pool *pool);

/* The oldest entry, looked at; then it is dropped. */
struct tree_entry *tree_pool_first(struct tree_pool *pool);
void tree_pool_drop(struct tree_pool *pool);

/* Let what runs run out and end the threads: entries that were not begun stay as they are. */
void tree_pool_stop(struct tree_pool *pool);

/* The oldest entry, looked at or not. */
struct tree_entry *tree_pool_oldest(struct tree_pool *pool);

/* After stop, when it is empty. */
void tree_pool_end(struct tree_pool *pool);
