/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's file system, from an empty mount namespace to "/". Called by sandbox_parent.c (sources) and sandbox_child.c (all else)
 * in the order in which the functions stand here. Nothing of the rootfs is reached but beneath its descriptor (rootfs_path.h);
 * every mount is made detached, gets its attributes while detached, and is moved onto a descriptor.
 */
#pragma once

#include "base/error.h"
#include "plan/host_facts.h"
#include "plan/plan.h"

/* Clones of the host's trees, opened by the parent before the clone because a user namespace may not reach them by path. The child inherits the
 * descriptors. Without that need everything is -1 and the child opens for itself. */
struct rootfs_sources {
    int root;          /* detached clone of the rootfs tree, or -1 */
    int *mounts;       /* one for each plan mount: detached clone with its id mapping applied, or -1 */
    size_t count;
};

/* Parent, before the clone. Id-mapped mounts are always made here (the file system's owner must do it): a throw-away process holds each mapping's
 * user namespace. join_user_namespace: descriptor of a joined user namespace whose mapping PLAN_IDMAP_CONTAINER means, or -1. */
int rootfs_sources_open(const struct plan *plan, int join_user_namespace, struct arena *arena, struct rootfs_sources *sources,
                        struct error *error);
void rootfs_sources_close(struct rootfs_sources *sources);

/* The child's view while it builds. */
struct rootfs {
    int root;    /* O_PATH descriptor of the rootfs mount */
    int console; /* slave of our devpts for the container's terminal, set by the console code, or -1 */
};

/* Child, in its new mount namespace: propagation of the old tree, the rootfs as a mount of its own, the mounts in order, default and configured
 * devices, symlinks. */
int rootfs_build(const struct plan *plan, const struct rootfs_sources *sources, const struct host_facts *facts, struct rootfs *rootfs,
                 struct error *error);

/* Open the container's /dev/ptmx of our own devpts (verified by file system type), make the slave by TIOCGPTPEER, set its size, and bind it on /dev/console.
 * *master is the caller's. Also gives the slave to the container's user (fchown on the descriptor). */
int rootfs_make_console(const struct plan *plan, struct rootfs *rootfs, int *master, struct error *error);

/* Become the root: pivot_root(".", "."), detach the old root and prove that nothing of it is left; --no-pivot: move and chroot after every other proc and
 * sysfs instance is unmounted. cwd is "/" afterwards. */
int rootfs_enter(const struct plan *plan, struct rootfs *rootfs, struct error *error);

/* After the sysctls: read-only paths, masks, read-only root, final propagation; each read back. */
int rootfs_finish(const struct plan *plan, struct rootfs *rootfs, struct error *error);
