/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux.resources.memory on cgroup v2. What v2 has no file for is judged one by one: a limit that would be
 * lost is refused. */
#include "plan/cgroup_writes.h"

#include <string.h>
#include "base/number.h"

#define MEMORY RESOURCES "/memory"

enum { UNLIMITED = -1 };

/* What the container has: 0: not set, UNLIMITED. A file of "unified" was written last and counts. */
static int64_t granted_limit(const struct cgroup_writes *writes)
{
    const char *file = cgroup_writes_granted_file(writes, "memory.max");
    const struct spec_memory *memory = writes->granted->memory;
    uint64_t bytes;

    if (file != NULL && strcmp(file, "max") == 0)
        return UNLIMITED;
    if (file != NULL) /* the kernel takes "64M" as well; who writes that must give both numbers */
        return number_unsigned(file, INT64_MAX, &bytes) ? (int64_t)bytes : 0;
    return memory != NULL && memory->has_limit ? memory->limit : 0;
}

/* Memory and swap together; 0 as well where "unified" governs swap: that does not move with the limit. */
static int64_t granted_swap(const struct cgroup_writes *writes)
{
    const struct spec_memory *memory = writes->granted->memory;

    if (memory == NULL || !memory->has_swap || cgroup_writes_granted_file(writes, "memory.swap.max") != NULL)
        return 0;
    return memory->swap;
}

static int explain_sum(int64_t limit, int64_t swap, bool swap_asked, struct error *error)
{
    if (!swap_asked)
        return error_set(error, ERROR_INVALID,
                         MEMORY "/limit: %lld is above %lld, which the container may use of memory and swap "
                                "together: give /linux/resources/memory/swap with it",
                         (long long)limit, (long long)swap);
    return error_set(error, ERROR_INVALID,
                     MEMORY
                     "/swap: %lld is memory and swap together: it cannot be below the limit of memory, %lld",
                     (long long)swap, (long long)limit);
}

/*
 * OCI's swap is memory and swap together, as in v1; v2 counts swap apart: *part. So a new limit of memory
 * alone changes swap's part too, or the container could use more in all than it was granted. An unlimited
 * limit alone lifts swap as well, as v1 did and runc does. *pointer stays NULL when swap's file is not to be
 * written.
 */
static int work_out_swap(const struct cgroup_writes *writes, int64_t limit, int64_t swap, int64_t *part,
                         const char **pointer, struct error *error)
{
    const bool swap_asked = swap != 0;

    *pointer = NULL;
    if (swap == 0 && limit == 0)
        return 0;
    if (swap == 0 && limit > 0)
        swap = granted_swap(writes);
    if (swap == 0 && limit > 0)
        return 0;
    *pointer = swap_asked ? MEMORY "/swap" : MEMORY "/limit";
    *part = UNLIMITED;
    if (limit == 0)
        limit = granted_limit(writes);
    if (swap <= 0)
        return 0;
    if (limit <= 0)
        return error_set(
            error, ERROR_INVALID,
            MEMORY
            "/swap: %lld is memory and swap together: /linux/resources/memory/limit is needed to tell swap's "
            "part",
            (long long)swap);
    if (swap < limit)
        return explain_sum(limit, swap, swap_asked, error);
    *part = swap - limit;
    return 0;
}

/* Does the container get more swap than it has? */
static bool swap_grows(const struct cgroup_writes *writes, int64_t part)
{
    int64_t limit = granted_limit(writes), swap = granted_swap(writes);

    return swap > 0 && limit > 0 && (part < 0 || part > swap - limit);
}

static void add_swap(struct cgroup_writes *writes, int64_t part, const char *pointer)
{
    /* "max" and "0" may find no file: a kernel that has no swap has nothing to limit. */
    if (pointer != NULL)
        cgroup_writes_add_limit(writes, "memory.swap.max", part, pointer)->best_effort_missing_file =
            part <= 0;
}

/* The two files do not depend on each other on v2. What grows comes first, so that an update always finds
 * room: to move pages out to swap, or back. */
static int add_limit_and_swap(struct cgroup_writes *writes, const struct spec_memory *memory,
                              struct error *error)
{
    int64_t limit = memory->has_limit ? memory->limit : 0, part = 0;
    const char *pointer;
    bool swap_first;

    if (work_out_swap(writes, limit, memory->has_swap ? memory->swap : 0, &part, &pointer, error) < 0)
        return -1;
    swap_first = pointer != NULL && swap_grows(writes, part);
    if (swap_first)
        add_swap(writes, part, pointer);
    if (limit != 0)
        cgroup_writes_add_limit(writes, "memory.max", limit, MEMORY "/limit");
    if (!swap_first)
        add_swap(writes, part, pointer);
    return 0;
}

/* Kernel memory is part of memory.max on v2: a limit of its own is only kept when memory.max is as strict. */
static int check_kernel_limit(struct cgroup_writes *writes, const struct spec_memory *memory, bool given,
                              int64_t limit, const char *pointer, struct error *error)
{
    int64_t memory_limit = memory->has_limit && memory->limit != 0 ? memory->limit : granted_limit(writes);

    if (!given || limit <= 0)
        return 0;
    if (memory_limit > 0 && memory_limit <= limit) {
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
    if (add_limit_and_swap(writes, memory, error) < 0)
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
