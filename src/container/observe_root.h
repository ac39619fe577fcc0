/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look at how a root is mounted, for trust/image.h: of which directories its overlay is made. Nothing is
 * opened but by O_PATH, and nothing changed. */
#pragma once

#include "trust/image.h"

/*
 * bundle, path: absolute; path is root.path, symlinks are followed as the container's start does. What cannot
 * be told is a fact as well (root->unclear). Errors: a host without /proc, a mount table that cannot be read.
 *
 * An overlay's lower directory that is itself the root of an overlay (CRI-O's and podman's mounts over
 * mounts) is replaced by what that one is made of: its upper directory is then the topmost of them.
 */
int observe_root(const char *bundle, const char *path, struct arena *arena, struct trust_root *root,
                 struct error *error);
