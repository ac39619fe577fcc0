/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that a scope is started with. A scope without a process ends at once, and the container's own
 * is to be born in a cgroup that is there; so one that does nothing but wait stands in until then. It is not
 * the helper itself: what that allocates and computes would count against the container's limits.
 */
#pragma once

#include <sys/types.h>
#include "base/error.h"

/* Fork it; it dies with the caller. *pid is 0 before. */
int placeholder_start(pid_t *pid, struct error *error);

/* Kill and reap it, so that it counts no more. Fine on 0. */
void placeholder_end(pid_t *pid);

/* Its cgroup of version 2, as /proc says it. */
int placeholder_cgroup(pid_t pid, char *path, size_t size, struct error *error);
