/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the mount show the directories that were read? An overlay keeps the directories that it was given,
 * whatever their paths lead to later; who moves one away and puts a signed copy in its place would have the
 * copy checked. A few files do not tell: the copy may consist of hard links to them.
 *
 * Folders have no hard links, and overlay gives what it shows the inode numbers of its layers. So a folder
 * that only one directory has is that directory's when the numbers are the same, with all that is in it. Of
 * those that several have each name is looked up.
 */
#pragma once

#include "trust/layer_tree.h"

struct layer_stack {
    const int *directories; /* what the mount is made of, topmost first */
    size_t count;
    size_t over; /* the first so many are no layers: the upper directory, an engine's own */
};

/* NULL: it does; else what is otherwise, in words of the arena's. */
const char *layers_are_shown(int root, const struct layer_stack *stack, struct arena *arena);
