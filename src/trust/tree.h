/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every file beneath a folder, in one order, looked at by all processors.
 *
 * Order: a folder, then what is in it, names by their bytes. The visitor is called on the caller's thread
 * alone: `meet` as an entry is come upon, `take` once it was looked at, both in that order, `take` some
 * entries later. Results do not depend on the number of threads.
 *
 * How a file is opened: openat2 from its folder's descriptor, one name at a time, never through a link, never
 * into another mount; first O_PATH, which neither waits for a fifo's writer nor touches a device; only what
 * is a regular file then is opened for reading, by that descriptor. So whoever can write to the tree
 * meanwhile cannot lead the walk out of it, nor make it wait. What they can do:
 *   - what changes while it is read (a file's size, times or a folder's) is an error, as far as the file
 *     system tells times: a store to a shared writable mapping tells none before it is written back;
 *   - what changes after it was looked at is not seen. A walk says what the tree was at that moment, and
 *     holds on only where nobody can write to it: read-only layers below an overlay whose upper folder
 *     belongs to the container alone. Other names of a file (hard links from elsewhere) are such a way.
 *
 * Memory: READ_BYTES and a small stack a thread; TREE_RING entries; and the names of those folders that the
 * current one is in (length + 10 bytes each). Descriptors: TREE_FOLDERS_OPEN, and two a thread. Threads: one
 * a processor, at most TREE_THREADS_MAX, the caller's included; with all signals blocked, and gone at return.
 * Where none can be made the caller reads alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "base/error.h"

enum {
    TREE_RING = 1024,
    TREE_FOLDERS_OPEN = 256,
    TREE_THREADS_MAX = 16,
    TREE_DEPTH_MAX = 8192,
    TREE_PATH_MAX = 1024 * 1024,
    TREE_NAMES_MAX = 256 * 1024 * 1024, /* bytes of one folder's names */
};

struct tree_attribute {
    const char *name;
    const void *bytes;
    size_t length;
};

enum tree_wish {
    TREE_ATTRIBUTES = 1 << 0,
    TREE_CONTENTS = 1 << 1,
    TREE_VERITY = 1 << 2,  /* computed, with TREE_CONTENTS (verity_digest.h) */
    TREE_MEASURE = 1 << 3, /* asked of the visitor's measure */
};

/* What the visitor wants of an entry; zeroed before `meet`. */
struct tree_order {
    unsigned int wishes;
    bool skip;  /* look at nothing, and leave out what is beneath */
    bool sized; /* contents are read only of a file of this size: whoever made the tree does not say
                   how much is read */
    uint64_t size;
    const char *subject, *before, *until; /* the visitor's own */
};

struct tree_facts {
    char kind; /* d f l c b p s; '\0': nothing was looked at; 'm': another mount lies here */
    uint32_t mode, owner, group; /* mode: 07777 */
    uint64_t size;
    uint32_t major, minor;
    bool has_contents, has_verity, has_measure;
    struct digest contents, verity, measure;
    const char *no_measure; /* why there is none */
    const char *target;     /* of a link; NUL-terminated */
    size_t target_length;
    const struct tree_attribute *attributes; /* by name */
    size_t attribute_count;
    uint64_t device, inode;
    bool shared; /* no folder, and it has other names */
};

/* "./etc/passwd", or "."; NUL-terminated; valid during the call. */
struct tree_path {
    const char *bytes;
    size_t length;
};

struct stat;

struct tree_visitor {
    void *context;
    /* folder: as the file system says. */
    int (*meet)(void *context, const struct tree_path *path, bool folder, struct tree_order *order,
                struct error *error);
    int (*take)(void *context, const struct tree_path *path, const struct tree_order *order,
                const struct tree_facts *facts, struct error *error);
    /* The digest that the kernel holds this regular file to, which is open for reading; called on any thread.
     * NULL, or why there is none (static text). */
    const char *(*measure)(void *context, const struct tree_path *path, int file, const struct stat *status,
                           struct digest *digest);
    unsigned int threads; /* 0: one a processor */
};

/* Walk the tree beneath the folder root. An error ends it: the walk's own (ERROR_SYSTEM; ERROR_UNTRUSTED:
 * changed while it was read; ERROR_LIMIT), which name the file, or the visitor's. */
int tree_walk(int root, const struct tree_visitor *visitor, struct error *error);

/* Compare paths in the tree's order: <0, 0, >0. */
int tree_path_compare(const char *left, size_t left_length, const char *right, size_t right_length);

/* Is path beneath folder (and not the same)? */
bool tree_path_is_beneath(const char *path, size_t length, const char *folder, size_t folder_length);
