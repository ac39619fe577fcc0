/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a process goes before others, by what right. */
#pragma once

#include "policy/decider.h"

/* Does the kernel want CAP_SYS_NICE for it? NULL: no. */
bool decide_scheduler_takes_right(const struct spec_scheduler *scheduler);
bool decide_io_priority_takes_right(const struct spec_io_priority *priority);

/* "SCHED_FIFO", "SCHED_OTHER, nice -5". */
const char *decide_scheduler_text(const struct decider *decider, const struct spec_scheduler *scheduler);

/* process.scheduler and process.ioPriority by the ceiling of capabilities. */
void decide_scheduling(struct decider *decider, const struct policy_capabilities *rule);
