/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the rootfs share among themselves: see rootfs.h for the whole. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"
#include "linux/rootfs.h"
#include "plan/plan.h"

/* Remember that a named fallback was taken; text is static. */
void rootfs_note_fallback(struct rootfs *rootfs, const char *text);

/* Remember a file system of our own. late_read_only: its descriptor, taken over, or -1. */
int rootfs_remember_mount(struct rootfs *rootfs, uint64_t tmpfs_device, int late_read_only,
                          struct error *error);

/* Does the descriptor lie in a tmpfs that we made? */
bool rootfs_is_own_tmpfs(const struct rootfs *rootfs, int descriptor);

/* All mounts of the plan, in order (rootfs_mounts.c). */
int rootfs_make_mounts(const struct plan *plan, struct rootfs_sources *sources, bool selinux,
                       struct rootfs *rootfs, struct error *error);

/* The place of one mount beneath rootfs->root, made where it is missing; kind: file type bits of what is to
 * be mounted there. */
int rootfs_open_place(const struct plan_mount *plan, mode_t kind, const struct rootfs *rootfs, int *target,
                      struct error *error);

/* Put "mounts/3 (/data): " in front of the message (mounts made by the plan have no number). Returns -1. */
int rootfs_mount_error(const struct plan_mount *mount, struct error *error);
