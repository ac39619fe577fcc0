/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroup file system in the container. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/*
 * A detached mount for PLAN_MOUNT_CGROUP with the plan's attributes. In a cgroup namespace of the container's
 * own: a new cgroup v2 mount (its root is the container's cgroup). Without one: a clone of the host's tree.
 * Mounting anew there would wait for an RCU period (6 to 20 ms), and would set the options of the one super
 * block that the host uses too (nsdelegate, memory_recursiveprot). *fallback (never NULL) is set to a static
 * text when the new mount was refused and the clone stands in.
 */
int mount_cgroup(const struct plan *plan, const struct plan_mount *mount_plan, int *mount,
                 const char **fallback, struct error *error);
