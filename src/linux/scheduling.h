/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the program shares the machine: scheduler, I/O priority, CPUs, memory nodes, execution domain. Only
 * what the configuration names is touched. */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

/* I/O priority, memory policy and personality of the calling thread, in that order; each survives fork and
 * execve. */
int scheduling_apply(const struct plan_process *plan, struct error *error);

/* sched_setattr for pid (0: the calling thread). NULL: nothing. Needs CAP_SYS_NICE for real-time policies; a
 * thread that was given SCHED_DEADLINE may not fork any more. */
int scheduling_set_policy(pid_t pid, const struct plan_scheduler *plan, struct error *error);

/* CPUs of the calling thread; which: "initial" or "final", for messages. An empty set: nothing. */
int scheduling_set_affinity(const struct plan_cpu_set *cpus, const char *which, struct error *error);
