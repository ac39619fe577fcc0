/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory that holds a directory for each container.
 *
 * Default: /run/thwart; for an ordinary user, and for root of a user namespace with XDG_RUNTIME_DIR set,
 * $XDG_RUNTIME_DIR/thwart. Whoever can write to it can make us signal, unmount and remove on his behalf, so
 * it must be ours alone: checked by descriptor, created 0700 whatever the umask.
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"

/* Name of the directory beside the containers that keeps compiled filters: '@' is in no container id. */
#define STATE_ROOT_CACHE "@seccomp"

/* The path: given (--root), or the default. */
int state_root_path(const char *given, struct arena *arena, const char **path, struct error *error);

/*
 * Open it. make: create what is missing of it; otherwise a missing one gives *directory -1 and 0 (no
 * container exists then). The descriptor is the caller's. Refused: a symbolic link, another owner, writable
 * for others.
 */
int state_root_open(const char *path, bool make, int *directory, struct error *error);
