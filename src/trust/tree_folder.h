/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders of a tree that is walked: from the root to the current one, each with the names that are in it.
 * They are counted: entries that wait to be looked at hold their folder. Descriptors are few: those of outer
 * folders are closed and opened again from the root, by their names, and must be the same then. For tree.c.
 */
#pragma once

#include <sys/stat.h>
#include "trust/tree_look.h"

/* At most so many descriptors are opened when one is opened again: those next to it will be asked for soon.
 */
enum { TREE_FOLDERS_REOPENED = 32 };

struct tree_folder {
    struct tree_folder *parent; /* NULL: the root */
    size_t references;          /* children, entries, and the walk while it is in here */
    size_t entries;             /* that use the descriptor */
    size_t depth, path_length;
    int descriptor; /* -1: closed for now */
    struct stat status;
    char *names; /* one behind the other: a byte for d_type, the name, NUL */
    char **sorted;
    size_t count, next;
    char name[];
};

/* Read the names of an open folder (whose descriptor it takes), sorted. NULL: fault says why. */
struct tree_folder *tree_folder_read(struct tree_folder *parent, const char *name, int descriptor,
                                     const struct stat *status, void *buffer, size_t size,
                                     struct tree_fault *fault);

/* Names are only needed while the walk is in here. */
void tree_folder_drop_names(struct tree_folder *folder);

/* One user less; *open counts descriptors. */
void tree_folder_release(struct tree_folder *folder, size_t *open);

/* Write "./a/b" (and "/name" unless name is NULL) and a NUL; buffer has room for tree_folder_path_size. */
size_t tree_folder_path_size(const struct tree_folder *folder, const char *name);
void tree_folder_path(const struct tree_folder *folder, const char *name, char *buffer);

/* Close descriptors of outer folders that nobody uses. */
void tree_folder_close_outer(struct tree_folder *current, size_t *open);

/* Make sure that the folder has its descriptor. */
int tree_folder_reopen(struct tree_folder *folder, size_t *open, struct tree_fault *fault);
