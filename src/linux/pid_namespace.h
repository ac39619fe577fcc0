/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes live in a PID namespace, for containers that have no cgroup to ask. */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"

/*
 * The pids, as our procfs numbers them, of the processes in init's PID namespace and in those below it
 * (ioctl_ns(2), NS_GET_PARENT), in an array of the arena. pidfd: of init, to tell whether the number was
 * still its own when its namespace was opened; an init that has ended gives none. Processes that we may not
 * look at are not ours.
 */
int pid_namespace_processes(pid_t init, int pidfd, struct arena *arena, pid_t **pids, size_t *count,
                            struct error *error);
