/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.cpu on cgroup v2: cpu and cpuset. */
#include "plan/cgroup_writes.h"

#include "plan/weights.h"

#define CPU RESOURCES "/cpu"

enum { DEFAULT_PERIOD_US = 100000 /* the kernel's, cgroup-v2.rst */ };

static const char *print_unsigned(struct cgroup_writes *writes, uint64_t value)
{
    return arena_format(writes->builder->arena, "%llu", (unsigned long long)value);
}

/* cpu.max is "QUOTA PERIOD". */
static void add_bandwidth(struct cgroup_writes *writes, const struct spec_cpu *cpu)
{
    int64_t quota = cpu->has_quota ? cpu->quota : 0;
    uint64_t period = cpu->has_period ? cpu->period : 0;
    const char *pointer = quota != 0 ? CPU "/quota" : CPU "/period";
    unsigned long long shown = period != 0 ? period : DEFAULT_PERIOD_US;

    if (quota == 0 && period == 0)
        return;
    cgroup_writes_add(writes, "cpu.max",
                      quota > 0 ? arena_format(writes->builder->arena, "%lld %llu", (long long)quota, shown)
                                : arena_format(writes->builder->arena, "max %llu", shown),
                      pointer);
}

/*
 * An idle group has no weight of its own: the kernel refuses to set one, and sets the lowest when it becomes
 * idle. So weight comes before idle 1 and after idle 0.
 */
static void add_weight_and_idle(struct cgroup_writes *writes, const struct spec_cpu *cpu)
{
    uint64_t weight = cpu_weight_from_shares(cpu->has_shares ? cpu->shares : 0);
    bool set_idle = cpu->has_idle && (cpu->idle != 0 || writes->update);
    const char *idle = cpu->idle != 0 ? "1" : "0";

    if (set_idle && cpu->idle == 0)
        cgroup_writes_add(writes, "cpu.idle", idle, CPU "/idle");
    if (weight != 0)
        cgroup_writes_add(writes, "cpu.weight", print_unsigned(writes, weight), CPU "/shares");
    if (set_idle && cpu->idle != 0)
        cgroup_writes_add(writes, "cpu.idle", idle, CPU "/idle");
}

static int refuse_realtime(const struct spec_cpu *cpu, struct error *error)
{
    if ((cpu->has_realtime_runtime && cpu->realtime_runtime > 0) ||
        (cpu->has_realtime_period && cpu->realtime_period != 0))
        return error_set(
            error, ERROR_UNSUPPORTED,
            CPU
            "/%s: cgroup v2 has no budget for realtime tasks: leave realtimeRuntime and realtimePeriod out",
            cpu->has_realtime_runtime && cpu->realtime_runtime > 0 ? "realtimeRuntime" : "realtimePeriod");
    return 0;
}

int cgroup_writes_cpu(struct cgroup_writes *writes, const struct spec_cpu *cpu, struct error *error)
{
    if (cpu == NULL)
        return 0;
    if (refuse_realtime(cpu, error) < 0)
        return -1;
    add_weight_and_idle(writes, cpu);
    add_bandwidth(writes, cpu);
    /* After cpu.max: a burst may be no larger than the quota. */
    if (cpu->has_burst && (cpu->burst != 0 || writes->update))
        cgroup_writes_add(writes, "cpu.max.burst", print_unsigned(writes, cpu->burst), CPU "/burst");
    if (cpu->cpus != NULL && cpu->cpus[0] != '\0')
        cgroup_writes_add(writes, "cpuset.cpus", cpu->cpus, CPU "/cpus");
    if (cpu->mems != NULL && cpu->mems[0] != '\0')
        cgroup_writes_add(writes, "cpuset.mems", cpu->mems, CPU "/mems");
    return 0;
}
