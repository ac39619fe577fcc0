/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduler, I/O priority, CPU affinity, memory policy: words to numbers. sched_setattr(2), ioprio_set(2),
 * set_mempolicy(2). */
#include "plan/process_scheduling.h"

#include <string.h>
#include "plan/kernel_words.h"
#include "plan/number_list.h"

enum {
    IO_CLASS_SHIFT = 13,
    IO_LEVEL_MAX = 7,
    SCHEDULER_ISO = 4, /* reserved: no kernel implements it */
};

static int read_scheduler(struct plan_builder *builder, const struct spec_scheduler *from,
                          struct plan_process *process, struct error *error)
{
    struct plan_scheduler *scheduler;
    uint64_t policy;

    if (from == NULL)
        return 0;
    if (from->policy == NULL || !kernel_word_value(&kernel_schedulers, from->policy, &policy))
        return error_set(error, ERROR_INVALID, "/process/scheduler/policy: \"%s\" is no scheduling policy",
                         from->policy != NULL ? from->policy : "");
    if (policy == SCHEDULER_ISO)
        return error_set(error, ERROR_UNSUPPORTED,
                         "/process/scheduler/policy: no kernel implements SCHED_ISO");
    scheduler = arena_allocate(builder->arena, sizeof(*scheduler));
    *scheduler = (struct plan_scheduler){
        .policy = (uint32_t)policy,
        .nice = from->nice,
        .priority = (uint32_t)from->priority,
        .runtime_ns = from->runtime_ns,
        .deadline_ns = from->deadline_ns,
        .period_ns = from->period_ns,
    };
    for (size_t i = 0; i < from->flags.count; i++) {
        uint64_t flag;

        if (!kernel_word_value(&kernel_scheduler_flags, from->flags.items[i], &flag))
            return error_set(error, ERROR_INVALID,
                             "/process/scheduler/flags/%zu: \"%s\" is no scheduling flag", i,
                             from->flags.items[i]);
        scheduler->flags |= flag;
    }
    process->scheduler = scheduler;
    return 0;
}

static int read_io_priority(const struct spec_io_priority *from, struct plan_process *process,
                            struct error *error)
{
    uint64_t io_class;

    if (from == NULL)
        return 0;
    if (from->class_name == NULL ||
        !kernel_word_value(&kernel_io_priority_classes, from->class_name, &io_class))
        return error_set(error, ERROR_INVALID, "/process/ioPriority/class: \"%s\" is no I/O scheduling class",
                         from->class_name != NULL ? from->class_name : "");
    if (from->priority < 0 || from->priority > IO_LEVEL_MAX)
        return error_set(error, ERROR_INVALID, "/process/ioPriority/priority: %lld is outside 0..%d",
                         (long long)from->priority, IO_LEVEL_MAX);
    process->has_io_priority = true;
    process->io_priority = (int)(io_class << IO_CLASS_SHIFT) | (int)from->priority;
    return 0;
}

static int read_affinity(struct plan_builder *builder, const struct spec_cpu_affinity *from,
                         struct plan_process *process, struct error *error)
{
    if (from == NULL)
        return 0;
    if (!number_list_read(builder->arena, from->initial, NUMBER_LIST_CPUS, &process->affinity_initial))
        return error_set(error, ERROR_INVALID, "/process/execCPUAffinity/initial: \"%s\" is no list of CPUs",
                         from->initial);
    if (!number_list_read(builder->arena, from->final, NUMBER_LIST_CPUS, &process->affinity_final))
        return error_set(error, ERROR_INVALID, "/process/execCPUAffinity/final: \"%s\" is no list of CPUs",
                         from->final);
    return 0;
}

int plan_read_scheduling(struct plan_builder *builder, const struct spec_process *from,
                         struct plan_process *process, struct error *error)
{
    if (read_scheduler(builder, from->scheduler, process, error) < 0 ||
        read_io_priority(from->io_priority, process, error) < 0)
        return -1;
    return read_affinity(builder, from->exec_cpu_affinity, process, error);
}

int plan_read_memory_policy(struct plan_builder *builder, const struct spec_memory_policy *from,
                            struct plan_process *process, struct error *error)
{
    struct plan_memory_policy *policy;
    uint64_t mode;

    if (from == NULL)
        return 0;
    if (from->mode == NULL || !kernel_word_value(&kernel_memory_policies, from->mode, &mode))
        return error_set(error, ERROR_INVALID, "/linux/memoryPolicy/mode: \"%s\" is no memory policy",
                         from->mode != NULL ? from->mode : "");
    policy = arena_allocate(builder->arena, sizeof(*policy));
    for (size_t i = 0; i < from->flags.count; i++) {
        uint64_t flag;

        if (!kernel_word_value(&kernel_memory_policy_flags, from->flags.items[i], &flag))
            return error_set(error, ERROR_INVALID,
                             "/linux/memoryPolicy/flags/%zu: \"%s\" is no flag of memory policies", i,
                             from->flags.items[i]);
        mode |= flag;
    }
    policy->mode = (int)mode;
    if (!number_list_read(builder->arena, from->nodes, NUMBER_LIST_NODES, &policy->nodes))
        return error_set(error, ERROR_INVALID, "/linux/memoryPolicy/nodes: \"%s\" is no list of memory nodes",
                         from->nodes);
    process->memory_policy = policy;
    return 0;
}
