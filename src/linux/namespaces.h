/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces to join: opened and verified by type before the first setns; and the id maps of a new user namespace. */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

enum { NAMESPACES_MAX = 8 };

struct namespace_handles {
    int descriptors[NAMESPACES_MAX]; /* parallel to plan_namespaces.items; -1 for those that are made */
    size_t count;
};

/* Open every namespace that is joined, check with ioctl(NS_GET_NSTYPE) that it is what it should be. */
int namespaces_open(const struct plan_namespaces *plan, struct namespace_handles *handles, struct error *error);
void namespaces_close(struct namespace_handles *handles);

/* Enter those of handles whose flag is in `flags`, user first; NS of the pid kind acts on children only. */
int namespaces_join(const struct plan_namespaces *plan, const struct namespace_handles *handles, unsigned long long flags, struct error *error);

/* Parent: write setgroups, gid_map, uid_map of the child (or let newuidmap/newgidmap do it). Each map in one write. */
int namespaces_write_maps(const struct plan_namespaces *plan, pid_t child, struct error *error);

/* Write /proc/self/timens_offsets, for children to come. */
int namespaces_write_time_offsets(const struct plan_namespaces *plan, struct error *error);
