/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree against a seal's list: what walk.c and verity.c share. */
#pragma once

#include "trust/binding.h"
#include "trust/seal.h"
#include "trust/tree.h"

/* How contents are compared: NULL reads them all; else they are what the visitor's measure says, called with
 * context, and equal to the list's verity digests. */
struct walk_measure {
    const char *(*measure)(void *context, const struct tree_path *path, int file, const struct stat *status,
                           struct digest *digest);
    void *context;
};

/* See trust_bind_walk. threads: 0: one a processor. */
int walk_compare(int root, const struct trust_root *facts, const struct trust_seal *seal,
                 const struct walk_measure *measure, unsigned int threads, struct arena *arena,
                 struct trust_binding *binding, struct error *error);
