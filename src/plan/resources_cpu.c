/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.cpu on cgroup v2: cpu and cpuset. */
#include "plan/cgroup_writes.h"

#include <string.h>
#include "base/number.h"
#include "plan/weights.h"

#define CPU RESOURCES "/cpu"

enum { DEFAULT_PERIOD_US = 100000 /* the kernel's, cgroup-v2.rst */ };

static const char *print_unsigned(struct cgroup_writes *writes, uint64_t value)
{
    return arena_format(writes->builder->arena, "%llu", (unsigned long long)value);
}

/* ---- what the container has; zero: not set ---- */

struct bandwidth {
    int64_t quota; /* -1: none */
    uint64_t period, burst;
};

/* "QUOTA PERIOD", as cpu.max has it; either may be missing. */
static void read_bandwidth(const char *line, struct bandwidth *bandwidth)
{
    uint64_t quota;

    bandwidth->quota = -1;
    if (number_scan_unsigned(&line, &quota))
        bandwidth->quota = quota <= INT64_MAX ? (int64_t)quota : -1;
    else
        line += strcspn(line, " ");
    line += strspn(line, " ");
    if (!number_scan_unsigned(&line, &bandwidth->period))
        bandwidth->period = 0;
}

/* A file of "unified" was written last and counts. */
static struct bandwidth granted_bandwidth(const struct cgroup_writes *writes)
{
    const char *file = cgroup_writes_granted_file(writes, "cpu.max");
    const char *burst = cgroup_writes_granted_file(writes, "cpu.max.burst");
    const struct spec_cpu *cpu = writes->granted->cpu;
    struct bandwidth granted = {0};

    if (cpu != NULL) {
        granted.quota = cpu->has_quota ? cpu->quota : 0;
        granted.period = cpu->has_period ? cpu->period : 0;
        granted.burst = cpu->has_burst ? cpu->burst : 0;
    }
    if (file != NULL)
        read_bandwidth(file, &granted);
    if (burst != NULL && !number_unsigned(burst, UINT64_MAX, &granted.burst))
        granted.burst = 0;
    return granted;
}

static bool is_granted_idle(const struct cgroup_writes *writes)
{
    const char *file = cgroup_writes_granted_file(writes, "cpu.idle");
    const struct spec_cpu *cpu = writes->granted->cpu;

    if (file != NULL)
        return strcmp(file, "1") == 0;
    return cpu != NULL && cpu->has_idle && cpu->idle != 0;
}

/* ---- cpu.max, cpu.max.burst ---- */

/* cpu.max is "QUOTA PERIOD": of a running container the one that is not asked for stays. */
static void add_maximum(struct cgroup_writes *writes, const struct spec_cpu *cpu,
                        const struct bandwidth *granted)
{
    int64_t quota = cpu->has_quota ? cpu->quota : 0;
    uint64_t period = cpu->has_period ? cpu->period : 0;
    const char *pointer = quota != 0 ? CPU "/quota" : CPU "/period";
    unsigned long long shown;

    if (quota == 0 && period == 0)
        return;
    if (quota == 0)
        quota = granted->quota;
    if (period == 0)
        period = granted->period;
    shown = period != 0 ? period : DEFAULT_PERIOD_US;
    cgroup_writes_add(writes, "cpu.max",
                      quota > 0 ? arena_format(writes->builder->arena, "%lld %llu", (long long)quota, shown)
                                : arena_format(writes->builder->arena, "max %llu", shown),
                      pointer);
}

/* A burst may never be larger than the quota: it is lowered before that and raised after it. */
static int add_bandwidth(struct cgroup_writes *writes, const struct spec_cpu *cpu, struct error *error)
{
    const struct bandwidth granted = granted_bandwidth(writes);
    const bool burst_asked = cpu->has_burst && (cpu->burst != 0 || writes->update);
    const bool quota_asked = cpu->has_quota && cpu->quota != 0;
    int64_t quota = quota_asked ? cpu->quota : granted.quota;
    uint64_t burst = burst_asked ? cpu->burst : granted.burst;
    bool burst_first = burst_asked && burst < granted.burst;

    if ((burst_asked || quota_asked) && quota > 0 && burst > (uint64_t)quota)
        return error_set(error, ERROR_INVALID,
                         "%s: the burst, %llu, would be larger than the quota, %lld: give both together",
                         burst_asked ? CPU "/burst" : CPU "/quota", (unsigned long long)burst,
                         (long long)quota);
    if (burst_first)
        cgroup_writes_add(writes, "cpu.max.burst", print_unsigned(writes, burst), CPU "/burst");
    add_maximum(writes, cpu, &granted);
    if (burst_asked && !burst_first)
        cgroup_writes_add(writes, "cpu.max.burst", print_unsigned(writes, burst), CPU "/burst");
    return 0;
}

/* ---- cpu.weight, cpu.idle ---- */

static void add_weight(struct cgroup_writes *writes, const struct spec_cpu *cpu)
{
    uint64_t weight = cpu_weight_from_shares(cpu != NULL && cpu->has_shares ? cpu->shares : 0);

    if (weight != 0)
        cgroup_writes_add(writes, "cpu.weight", print_unsigned(writes, weight), CPU "/shares");
}

/* The kernel gives a group that ends to be idle the default weight: the granted one is put back. */
static void restore_weight(struct cgroup_writes *writes)
{
    const char *file = cgroup_writes_granted_file(writes, "cpu.weight");

    if (file != NULL)
        cgroup_writes_add(writes, "cpu.weight", file, CPU "/idle");
    else
        add_weight(writes, writes->granted->cpu);
}

/*
 * An idle group has no weight of its own: the kernel refuses to set one, and sets the lowest when it becomes
 * idle. So weight comes before idle 1 and after idle 0.
 */
static int add_weight_and_idle(struct cgroup_writes *writes, const struct spec_cpu *cpu, struct error *error)
{
    const bool weight_asked = cpu->has_shares && cpu->shares != 0;
    const bool set_idle = cpu->has_idle && (cpu->idle != 0 || writes->update);
    const bool was_idle = is_granted_idle(writes);

    if (weight_asked && was_idle && !set_idle)
        return error_set(error, ERROR_INVALID,
                         CPU "/shares: the container is idle (cpu.idle), and then has no weight of its own: "
                             "give /linux/resources/cpu/idle 0 with it");
    if (set_idle && cpu->idle == 0)
        cgroup_writes_add(writes, "cpu.idle", "0", CPU "/idle");
    if (weight_asked && was_idle && cpu->idle != 0)
        plan_builder_note(writes->builder, CPU "/shares",
                          "takes effect when the container ends to be idle: the kernel keeps no weight then");
    else if (weight_asked)
        add_weight(writes, cpu);
    else if (set_idle && cpu->idle == 0 && was_idle)
        restore_weight(writes);
    if (set_idle && cpu->idle != 0)
        cgroup_writes_add(writes, "cpu.idle", "1", CPU "/idle");
    return 0;
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
    if (add_weight_and_idle(writes, cpu, error) < 0 || add_bandwidth(writes, cpu, error) < 0)
        return -1;
    if (cpu->cpus != NULL && cpu->cpus[0] != '\0')
        cgroup_writes_add(writes, "cpuset.cpus", cpu->cpus, CPU "/cpus");
    if (cpu->mems != NULL && cpu->mems[0] != '\0')
        cgroup_writes_add(writes, "cpuset.mems", cpu->mems, CPU "/mems");
    return 0;
}
