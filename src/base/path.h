/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two worlds of paths as two types: a host_path is resolved by the host's rules, a container_path only ever
 * beneath a container's rootfs descriptor (linux/rootfs_path.c). The compiler refuses to mix them up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

struct host_path {
    const char *text; /* NULL: not given */
};

struct container_path {
    const char *text; /* NULL: not given */
};

/* Lexically normalised copy: absolute, no "//", no "/.", ".." removes the component before it (never above
 * "/"). Relative input is taken from "/" . OCI config-linux.md: destinations and masked paths are absolute in
 * the container. */
struct container_path container_path_normalise(struct arena *arena, const char *path);

/* base joined with relative unless relative is absolute. No normalisation: the kernel's resolution of
 * symlinks must see it as it is. */
struct host_path host_path_join(struct arena *arena, const char *base, const char *relative);

/* True when path equals prefix or lies beneath it, by components. Both normalised. */
bool path_is_beneath(const char *path, const char *prefix);

/* Does a relative path lead downwards only: no ".." among its components? */
bool path_is_downward(const char *path);
