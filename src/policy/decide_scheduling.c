/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.scheduler and process.ioPriority, by process.capabilities. The runtime sets both while it still has
 * all rights, so that a configuration could be given what CAP_SYS_NICE is for without having it: a real-time
 * program that spins takes a CPU from the host for as long as it likes (sched(7), ioprio_set(2)). So where
 * the capability is beyond the ceiling, what takes it is, too.
 */
#include "policy/decide_scheduling.h"

#include <string.h>
#include "base/memory.h"
#include "policy/decide_parts.h"

enum { SYS_NICE = 23 }; /* linux/capability.h */

bool decide_scheduler_takes_right(const struct spec_scheduler *scheduler)
{
    static const char *const real_time[] = {"SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE"};

    if (scheduler == NULL)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(real_time); i++)
        if (strcmp(scheduler->policy, real_time[i]) == 0)
            return true;
    return scheduler->nice < 0;
}

bool decide_io_priority_takes_right(const struct spec_io_priority *priority)
{
    return priority != NULL && strcmp(priority->class_name, "IOPRIO_CLASS_RT") == 0;
}

static bool judge(struct decider *decider, const struct policy_capabilities *rule, const char *member,
                  const char *requested)
{
    const struct policy_finding finding = {
        .rule = "TW0205",
        .pointer = decide_process_pointer(decider, member),
        .subject = "CAP_SYS_NICE",
        .requested = requested,
        .reason = arena_format(decider->arena, "%s takes CAP_SYS_NICE, which is %s", requested,
                               rule->is_allow ? "not allowed" : "denied"),
    };

    if (!decider_judge(decider, &rule->rule, &finding))
        return false;
    decider_granted(decider, "dropped");
    return true;
}

const char *decide_scheduler_text(const struct decider *decider, const struct spec_scheduler *scheduler)
{
    return scheduler->nice < 0
               ? arena_format(decider->arena, "%s, nice %d", scheduler->policy, scheduler->nice)
               : scheduler->policy;
}

void decide_scheduling(struct decider *decider, const struct policy_capabilities *rule)
{
    const struct spec_process *process = decider->process;
    bool within = (rule->set >> SYS_NICE & 1) == (uint64_t)rule->is_allow;

    if (!rule->rule.present || within)
        return;
    if (decide_scheduler_takes_right(process->scheduler) &&
        judge(decider, rule, "/scheduler", decide_scheduler_text(decider, process->scheduler)))
        decider_process(decider)->scheduler = NULL;
    if (decide_io_priority_takes_right(process->io_priority) &&
        judge(decider, rule, "/ioPriority", process->io_priority->class_name))
        decider_process(decider)->io_priority = NULL;
}
