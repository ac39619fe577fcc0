/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The id maps of a new user namespace (user_namespaces(7)). */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

/*
 * Parent: write setgroups, gid_map and uid_map of child, each map in the one write that the kernel takes, or
 * let newuidmap and newgidmap do it. child must be an unreaped child of ours that sits in its new user
 * namespace, dumpable where we are not root.
 */
int id_maps_write(const struct plan_namespaces *plan, pid_t child, struct error *error);
