/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the mount show the directories that were read? An overlay keeps the directories that it was given,
 * whatever their paths lead to later; who moves one away and puts a signed copy in its place would have the
 * copy checked. Overlay gives files of its lower layers the inode numbers that they have there, so that a few
 * files of each layer tell.
 */
#pragma once

#include "trust/layer_tree.h"

/* folders: of all layers, the lowest first; over: what the mount has above all of them (the upper directory,
 * an engine's own). NULL: it does; else what is otherwise, in words. */
const char *layer_is_shown(int root, const struct layer_tree *tree, const int *folders, size_t count,
                           const int *over, size_t over_count, struct arena *arena);
