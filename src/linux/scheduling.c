/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduler, I/O priority, affinity, memory policy and personality of a container's process. */
#include "linux/scheduling.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr of sched_setattr(2), first version; glibc 2.36 has no declaration. */
struct scheduler_attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

enum { BITS_PER_WORD = 64 };

static int set_io_priority(const struct plan_process *plan, struct error *error)
{
    if (!plan->has_io_priority)
        return 0;
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, plan->io_priority) < 0)
        return error_system(error, errno, "process.ioPriority: set the I/O priority (class %d, level %d)",
                            plan->io_priority >> IOPRIO_CLASS_SHIFT,
                            plan->io_priority & ((1 << IOPRIO_CLASS_SHIFT) - 1));
    return 0;
}

static int set_memory_policy(const struct plan_memory_policy *policy, struct error *error)
{
    /* The kernel takes one off before it counts the bits. */
    const unsigned long bits = policy == NULL || policy->nodes.count == 0
                                   ? 0
                                   : (unsigned long)policy->nodes.count * BITS_PER_WORD + 1;

    if (policy == NULL)
        return 0;
    if (syscall(SYS_set_mempolicy, policy->mode, bits > 0 ? policy->nodes.words : NULL, bits) == 0)
        return 0;
    if (errno == EINVAL)
        return error_set(
            error, ERROR_INVALID,
            "linux.memoryPolicy: the kernel refuses this mode with these flags and nodes: a node is not "
            "online or not in the cgroup's cpuset.mems, or the mode takes none");
    return error_system(error, errno, "linux.memoryPolicy: set the memory policy");
}

static int set_personality(const struct plan_process *plan, struct error *error)
{
    const unsigned long query = 0xffffffff;

    if (!plan->has_personality)
        return 0;
    if (personality((unsigned long)plan->personality) < 0)
        return error_system(error, errno, "linux.personality: set 0x%llx",
                            (unsigned long long)plan->personality);
    if ((uint32_t)personality(query) != (uint32_t)plan->personality)
        return error_set(error, ERROR_SYSTEM, "linux.personality: 0x%llx was set and is not in effect",
                         (unsigned long long)plan->personality);
    return 0;
}

int scheduling_apply(const struct plan_process *plan, struct error *error)
{
    if (set_io_priority(plan, error) < 0 || set_memory_policy(plan->memory_policy, error) < 0)
        return -1;
    return set_personality(plan, error);
}

int scheduling_set_policy(pid_t pid, const struct plan_scheduler *plan, struct error *error)
{
    struct scheduler_attributes attributes;

    if (plan == NULL)
        return 0;
    attributes = (struct scheduler_attributes){
        .size = sizeof(attributes),
        .policy = plan->policy,
        .flags = plan->flags,
        .nice = plan->nice,
        .priority = plan->priority,
        .runtime = plan->runtime_ns,
        .deadline = plan->deadline_ns,
        .period = plan->period_ns,
    };
    if (syscall(SYS_sched_setattr, pid, &attributes, 0) == 0)
        return 0;
    switch (errno) {
    case EPERM:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "process.scheduler: policy %u, priority %u, nice %d: not permitted here (real-time policies need "
            "CAP_SYS_NICE and, with CONFIG_RT_GROUP_SCHED, time for the cgroup; SCHED_DEADLINE needs all "
            "CPUs)",
            plan->policy, plan->priority, plan->nice);
    case EINVAL:
        return error_set(error, ERROR_INVALID,
                         "process.scheduler: the kernel refuses policy %u with priority %u, nice %d and "
                         "these flags and times",
                         plan->policy, plan->priority, plan->nice);
    case EBUSY:
        return error_set(error, ERROR_LIMIT,
                         "process.scheduler: SCHED_DEADLINE: the machine's real-time bandwidth is taken");
    default:
        return error_system(error, errno, "process.scheduler: set policy %u", plan->policy);
    }
}

int scheduling_set_affinity(const struct plan_cpu_set *cpus, const char *which, struct error *error)
{
    if (cpus->count == 0)
        return 0;
    if (syscall(SYS_sched_setaffinity, 0, cpus->count * sizeof(cpus->words[0]), cpus->words) == 0)
        return 0;
    if (errno == EINVAL)
        return error_set(
            error, ERROR_INVALID,
            "process.execCPUAffinity.%s: none of these CPUs is online and in the cgroup's cpuset", which);
    return error_system(error, errno, "process.execCPUAffinity.%s: set the CPU affinity", which);
}
