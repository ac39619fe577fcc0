/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clones of what is mounted already: bind mounts, detached, with their attributes set before anybody can
 * reach them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

/* Detached clone of the plan's source (PLAN_MOUNT_BIND), without its attributes yet. *kind: file type bits of
 * its root. Where a policy has judged the source: of that very object, else ERROR_DENIED. */
int mount_bind_clone(const struct plan_mount *plan, int *mount, mode_t *kind, struct error *error);

/* The plan's attributes on a mount: those of this mount, then those of the whole tree. *kept_locked: see
 * mount_attributes.h. */
int mount_apply_plan(const struct plan_mount *plan, int mount, bool *kept_locked, struct error *error);

/* A detached clone of the tree at path with the plan's attributes, where the plan asked for a new file system
 * that may not be made here (sysfs without rights over the network namespace). Recursive, because a user
 * namespace may not uncover what is mounted below; what is asked for holds for the whole of it
 * (CVE-2023-25809: /sys/fs/cgroup beneath stayed writable). */
int mount_bind_instead(const struct plan_mount *plan, const char *path, int *mount, struct error *error);

/* Change what is mounted at the destination, whose descriptor is given (PLAN_MOUNT_REMOUNT): attributes, and
 * super block options where there are any. */
int mount_remount(const struct plan_mount *plan, int mounted, bool *kept_locked, struct error *error);
