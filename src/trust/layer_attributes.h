/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes of a file or folder of a layer against those that the tar signs. */
#pragma once

#include "trust/layer_tree.h"

/* What is not signed and yet no difference: labels that the host's security modules keep there, and notes of
 * overlay's own without effect on what is seen. overlay's opaque mark is another matter (below). */
bool layer_attribute_is_the_hosts(const char *name);

/* Compares, and tells the tree. */
void layer_attributes_compare(struct layer_tree *tree, int file, const char *path,
                              const struct tar_xattr *xattrs, size_t count);

/* A folder's mark that hides what is below it, against what the tar asks for. */
void layer_opaque_compare(struct layer_tree *tree, int folder, const char *path, bool is_signed);
