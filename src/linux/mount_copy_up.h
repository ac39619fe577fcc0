/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tmpcopyup: a new tmpfs starts with what the root file system has at its place. */
#pragma once

#include <stdbool.h>
#include "base/error.h"

/*
 * Copy the directory `from` (O_PATH is enough) into the directory `to` of a detached tmpfs, by descriptors
 * only.
 *
 * Kept: contents, modes with set-id and sticky bits (whether set-id means anything is decided by the mount's
 * nosuid), owners, times, symlinks as they are (never followed), extended attributes where tmpfs takes them,
 * fifos, hard links among the first HARD_LINKS_MAX files that have several names (later ones become files of
 * their own). Left out: device nodes (the configuration's list says which devices a container has) and
 * sockets (nobody listens behind a copy). Mounts below `from` are not entered: their mount points are copied
 * as empty directories. Owners without a mapping in our user namespace become ours. Memory does not grow with
 * the number of entries; the tmpfs's own size bounds what is copied.
 *
 * with_root: the owner and mode of the directory itself are copied too (not when mount options set them).
 */
int mount_copy_up(int from, int to, bool with_root, struct error *error);
