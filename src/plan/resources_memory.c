/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.memory on cgroup v2. What v2 has no file for is judged one by one: a limit that would be
 * lost is refused. */
#include "plan/cgroup_writes.h"

#define MEMORY RESOURCES "/memory"

enum { UNLIMITED = -1 };

/*
 * OCI's swap is memory and swap together, as in v1; v2 counts swap apart. An unlimited limit alone lifts swap
 * as well, as v1 did and runc does. "max" and "0" may find no file: a kernel that has no swap has nothing to
 * limit.
 */
static int add_swap(struct cgroup_writes *writes, const struct spec_memory *memory, struct error *error)
{
    const char *pointer = MEMORY "/swap";
    int64_t limit = memory->has_limit ? memory->limit : 0;
    int64_t swap = memory->has_swap ? memory->swap : 0;
    struct plan_cgroup_write *write;

    if (swap == 0 && limit >= 0)
        return 0;
    if (swap == 0) {
        swap = UNLIMITED;
        pointer = MEMORY "/limit";
    } else if (swap > 0 && limit == 0) {
        return error_set(
            error, ERROR_INVALID,
            MEMORY
            "/swap: %lld is memory and swap together: /linux/resources/memory/limit is needed to tell swap's "
            "part",
            (long long)swap);
    } else if (swap > 0 && limit > 0) {
        if (swap < limit)
            return error_set(
                error, ERROR_INVALID,
                MEMORY
                "/swap: %lld is memory and swap together: it cannot be below the limit of memory, %lld",
                (long long)swap, (long long)limit);
        swap -= limit;
    }
    write = cgroup_writes_add_limit(writes, "memory.swap.max", swap, pointer);
    write->best_effort_missing_file = swap <= 0;
    return 0;
}

/* Kernel memory is part of memory.max on v2: a limit of its own is only kept when memory.max is as strict. */
static int check_kernel_limit(struct cgroup_writes *writes, const struct spec_memory *memory, bool given,
                              int64_t limit, const char *pointer, struct error *error)
{
    if (!given || limit <= 0)
        return 0;
    if (memory->has_limit && memory->limit > 0 && memory->limit <= limit) {
        plan_builder_note(writes->builder, pointer,
                          "cgroup v2 counts it in memory.max, which is not above it: nothing else is set");
        return 0;
    }
    return error_set(error, ERROR_UNSUPPORTED,
                     "%s: cgroup v2 has no limit of its own for it, it counts in memory.max: set "
                     "/linux/resources/memory/limit to at most %lld, or leave it out",
                     pointer, (long long)limit);
}

static void note_what_v2_lacks(struct plan_builder *builder, const struct spec_memory *memory)
{
    if (memory->has_swappiness)
        plan_builder_note(builder, MEMORY "/swappiness",
                          "%llu is left out: cgroup v2 has no swappiness of its own",
                          (unsigned long long)memory->swappiness);
    if (memory->disable_oom_killer)
        plan_builder_note(builder, MEMORY "/disableOOMKiller",
                          "left out: cgroup v2 cannot switch the out-of-memory killer off");
    if (memory->has_use_hierarchy && !memory->use_hierarchy)
        plan_builder_note(builder, MEMORY "/useHierarchy", "left out: cgroup v2 always counts by hierarchy");
}

int cgroup_writes_memory(struct cgroup_writes *writes, const struct spec_memory *memory, struct error *error)
{
    if (memory == NULL)
        return 0;
    /* The two files do not depend on each other on v2; memory first, so that an update which lowers both can
     * still move pages out to swap. */
    if (memory->has_limit && memory->limit != 0)
        cgroup_writes_add_limit(writes, "memory.max", memory->limit, MEMORY "/limit");
    if (add_swap(writes, memory, error) < 0)
        return -1;
    if (memory->has_reservation && memory->reservation != 0)
        cgroup_writes_add_limit(writes, "memory.low", memory->reservation, MEMORY "/reservation");
    if (check_kernel_limit(writes, memory, memory->has_kernel, memory->kernel, MEMORY "/kernel", error) < 0 ||
        check_kernel_limit(writes, memory, memory->has_kernel_tcp, memory->kernel_tcp, MEMORY "/kernelTCP",
                           error) < 0)
        return -1;
    note_what_v2_lacks(writes->builder, memory);
    return 0;
}
