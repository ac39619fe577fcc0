/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of the container, resolved beneath the rootfs descriptor; and sources of the host, resolved by the
 * host's rules. Two families of functions for two types of path, so that neither is ever taken for the other
 * (attack class A: runc CVE-2024-45310, crun CVE-2026-47766 ...).
 *
 * Container paths go through openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS): symlinks, absolute ones too,
 * lead to places in the rootfs
 * ("/var/run" -> "/run" works), ".." ends at its root, and links of procfs that jump elsewhere are refused.
 * What is missing is made one component at a time on the parent's descriptor, with mkdirat and mknodat:
 * nothing is ever opened with O_CREAT or O_TRUNC. All descriptors are O_PATH and close-on-exec: nothing is
 * opened for reading, so that a fifo or a device cannot block or act.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/path.h"

/*
 * Find path beneath root. follow: a symlink as the last component is followed (in the root), otherwise the
 * link itself is what is found. *found receives an O_PATH descriptor, the caller's. -1 with system_errno set;
 * ENOENT when there is nothing, for callers to whom that is no error. With error NULL no message is made and
 * errno tells.
 */
int rootfs_path_find(int root, struct container_path path, bool follow, int *found, struct error *error);

/*
 * A regular file of the container, for reading: the one function that opens something there for more than its
 * path. It is seen to be a regular file with something in it first, so that a fifo, a device or a file of
 * procfs cannot block or act, and is the same one when it is open. 0, or -1 with errno (EINVAL: another kind
 * of file, or an empty one).
 */
int rootfs_path_open_file(int root, struct container_path path, int *file);

/*
 * The directory at path, made with its missing parents (each 0755 whatever the umask, set-group-id parents
 * and default ACLs say). Dangling symlinks on the way are followed in the root and their target is made.
 * ENOTDIR when something else is there.
 */
int rootfs_path_make_directory(int root, struct container_path path, int *directory, struct error *error);

/* A place for a file to be bound on: what is at path unless it is a directory (EISDIR), else an empty file
 * (0644) in a directory made as above. */
int rootfs_path_make_file(int root, struct container_path path, int *file, struct error *error);

/* The directory that path's last component lives in, made as above; *name points to that component within
 * path.text. The root itself is EINVAL. */
int rootfs_path_make_parent(int root, struct container_path path, int *parent, const char **name,
                            struct error *error);

/*
 * A source of a bind mount, by the rules of the host: a detached clone of what is there (open_tree), with
 * what is mounted below when recursive. no_follow: the last component may not be a symlink. *kind receives
 * the file type bits (S_IFMT) of its root. Never opened for reading, and an automount point is not triggered,
 * so that it cannot wait. -1: ENOENT says that the source does not exist; EINVAL in a user namespace that it
 * has mounts below that cannot be left out.
 */
int host_path_clone(struct host_path path, bool recursive, bool no_follow, int *clone, mode_t *kind,
                    struct error *error);

/* An O_PATH descriptor of a directory of the host. */
int host_path_open_directory(struct host_path path, int *directory, struct error *error);
