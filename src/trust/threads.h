/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that do a bounded piece of work and are joined before anybody forks. They take no signal: the
 * runtime's handlers belong to its first thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* False: there is none to be had (RLIMIT_NPROC, a cgroup's pids.max, memory). */
bool thread_start(pthread_t *thread, void *(*work)(void *), void *context);

/* How many processors this process may use: 1 … 16. */
size_t thread_processors(void);
