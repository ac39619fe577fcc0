/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are these the signed files? Three ways (trust.h), each bounded in memory, on all processors.
 *
 * Findings name files: at most BINDING_DIFFERENCES, and how many more there are.
 */
#pragma once

#include "trust/image.h"
#include "trust/trust.h"

enum { BINDING_DIFFERENCES = 20 };

struct trust_difference {
    enum trust_difference_kind { TRUST_MISSING, TRUST_ADDED, TRUST_CHANGED } kind;
    const char *path; /* in the root, or in the layer */
    const char *what; /* "contents", "mode 0755, signed 0644", "layer 3" */
};

struct trust_binding {
    bool holds;
    const char *reason; /* one line when it does not */
    const struct trust_difference *differences;
    size_t difference_count, more;
};

/* layers.c: each layer's directory reassembled to its tar (tar_split.c, or the store's blob compared entry by
 * entry: tar_compare.c), digested, compared with diff_id; nothing in a directory that the tar has not; upper
 * directory empty; order as signed. */
int trust_bind_layers(const struct trust_root *root, const struct trust_image *image,
                      const struct trust_chain *chain, struct arena *arena, struct trust_binding *binding,
                      struct error *error);

/* walk.c: the tree beneath the descriptor against the seal's list (seal.h), as it is at this moment (tree.h
 * says what that is worth while somebody can write to it). What is not in the list and what engines and
 * runtimes put over every image (engine_files.h: empty files and folders of root's, by name) is passed over;
 * owners may be shifted, all alike, to the ids of the container's root. facts are of the root, for both;
 * NULL: neither is known. Differences are in the list's order; one of a folder stands for all beneath.
 * Errors: a file cannot be read, or changes meanwhile; a list that is none does not hold. */
struct trust_seal;
int trust_bind_walk(int root, const struct trust_root *facts, const struct trust_seal *seal,
                    struct arena *arena, struct trust_binding *binding, struct error *error);

/* verity.c: the same, but contents are not read: the kernel says by which digest it holds each file
 * (FS_IOC_MEASURE_VERITY), and that must be the list's. verity.h says what suffices, and what does not. */
int trust_bind_verity(int root, const struct trust_root *facts, const struct trust_seal *seal,
                      struct arena *arena, struct trust_binding *binding, struct error *error);
