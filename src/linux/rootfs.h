/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's file system, from an empty mount namespace to "/". Called by sandbox_parent.c (sources) and
 * sandbox_child.c (all else) in the order in which the functions stand here. Nothing of the rootfs is reached
 * but beneath its descriptor (rootfs_path.h); every mount is made detached, gets its attributes while
 * detached, and is moved onto a descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "plan/host_facts.h"
#include "plan/plan.h"

/* Clones of the host's trees, opened by the parent before the clone: where a user namespace may not reach
 * them by path, where an id mapping is applied (the file system's owner must do it), and where a bind is to
 * share propagation with the host. The child inherits the descriptors. Without such a need everything is -1
 * and the child opens for itself. */
struct rootfs_sources {
    int root;     /* detached clone of the rootfs tree, or -1 */
    int *mounts;  /* one for each plan mount: detached clone with its id mapping applied, or -1; NULL when
                     count is 0 */
    size_t count; /* 0 when no mount needs one */
    const char *
        fallback; /* NULL, or a static text: the parent may not clone mounts, so the child opens for itself */
};

/* Parent, before the clone. Id-mapped mounts are always made here: a throw-away process holds each mapping's
 * user namespace. join_user_namespace: descriptor of a joined user namespace whose mapping
 * PLAN_IDMAP_CONTAINER means, or -1. *sources is set whatever happens; on error nothing stays open. */
int rootfs_sources_open(const struct plan *plan, int join_user_namespace, struct arena *arena,
                        struct rootfs_sources *sources, struct error *error);
void rootfs_sources_close(struct rootfs_sources *sources);

/* A file system that we made and have to know later. */
struct rootfs_own_mount {
    uint64_t tmpfs_device; /* st_dev of a tmpfs, nobody else's: only in these may something wrong that is in
                              the way be replaced; 0: no tmpfs */
    int late_read_only;    /* its descriptor when it becomes read-only in rootfs_finish, else -1 */
};

enum { ROOTFS_FALLBACKS_MAX = 8 };

/* The child's view while it builds. rootfs_build initialises all of it. */
struct rootfs {
    int root;        /* O_PATH descriptor of the rootfs mount */
    int console;     /* slave of our devpts for the container's terminal, set by the console code, or -1 */
    int null_device; /* O_PATH descriptor of a null device (checked), what masked files are covered with, or
                        -1 */
    int procfs;      /* O_PATH descriptor of the first procfs that was mounted, for the mount table, or -1 */
    bool null_is_detached; /* it is a detached clone of the host's, not the container's own node */
    struct rootfs_own_mount *own_mounts;
    size_t own_mount_count;
    const char *fallbacks[ROOTFS_FALLBACKS_MAX]; /* static texts naming the weaker or other ways that were
                                                    taken, each once */
    size_t fallback_count;
};

/* Child, in its new mount namespace: propagation of the old tree, the rootfs as a mount of its own, the
 * mounts in order, default and configured devices, symlinks. The sources' descriptors are used up (closed).
 * Without a mount namespace (new_mount_namespace false) only devices and symlinks are made. */
int rootfs_build(const struct plan *plan, struct rootfs_sources *sources, const struct host_facts *facts,
                 struct rootfs *rootfs, struct error *error);

/* Open the container's /dev/ptmx of our own devpts (verified by file system type), make the slave by
 * TIOCGPTPEER, set its size, and bind it on /dev/console. *master is the caller's. Also gives the slave to
 * the container's user (fchown on the descriptor); rootfs->console is the slave, the caller's to use and
 * close. */
int rootfs_make_console(const struct plan *plan, struct rootfs *rootfs, int *master, struct error *error);

/* Output that ends in a file has lines as files have them: no carriage return before each line's end. Before
 * the program writes. */
int rootfs_plain_lines(int master, struct error *error);

/* The first half of it, for a process that is added to a container: the master and the slave of a new
 * terminal on the devpts mounted at /dev/pts beneath `root` (an O_PATH descriptor), sized and owned as
 * `process` says. Both are the caller's. */
int rootfs_open_terminal(const struct plan_process *process, int root, int *master, int *slave,
                         struct error *error);

/* Become the root: pivot_root(".", "."), detach the old root and prove that nothing of it is left;
 * --no-pivot: move and chroot after every other proc and sysfs instance is unmounted. cwd is "/" afterwards.
 */
int rootfs_enter(const struct plan *plan, struct rootfs *rootfs, struct error *error);

/* After the sysctls: read-only paths, masks, read-only tmpfs and root, final propagation; what is read-only
 * is read back. Closes and frees all but console. */
int rootfs_finish(const struct plan *plan, struct rootfs *rootfs, struct error *error);

/* Give up: close and free what rootfs holds (console too). Harmless when called twice or after rootfs_finish.
 */
void rootfs_close(struct rootfs *rootfs);
