/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories that the host's own system is made of: no image's root file system. A container whose root is
 * one of them has the host's files without mounting any.
 */
#pragma once

#include "base/arena.h"
#include "policy/mount_request.h"
#include "policy/observed.h"

/*
 * Which of them the path is, or lies in: NULL: none. By both names, and by device and inode of the
 * directories themselves where they were observed. Where engines, and people, keep root file systems is none:
 * what is in a folder of /var/lib, of a user's home, of /run, /srv, /opt, /mnt, /tmp, /var/tmp.
 */
const char *system_directory_of(const struct policy_observed *observed, const struct mount_path *path);

/* All of them, for whoever observes. */
const char *const *system_directories(size_t *count);
