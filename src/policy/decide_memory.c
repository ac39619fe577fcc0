/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resources.memory and resources.swap. The request's `swap` is memory and swap together (config-linux.md),
 * cgroup v2 counts swap apart, and so does the policy. So a lower limit of memory takes as much from the sum:
 * otherwise what the container lost as memory it would get as swap. A bound on swap is written as the file
 * memory.swap.max, which needs no limit of memory to be told from.
 */
#include "policy/decide_resources.h"

#include <string.h>
#include "policy/decide_parts.h"
#include "policy/unified.h"

#define MEMORY_FILE "memory.max"
#define SWAP_FILE   "memory.swap.max"

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Zero is "not set" where engines write it, below it there is no limit. */
static uint64_t limit_of(const struct spec_resources *resources)
{
    const struct spec_memory *memory = resources->memory;

    return memory != NULL && memory->has_limit && memory->limit > 0 ? (uint64_t)memory->limit : UINT64_MAX;
}

/* Memory and swap together. */
static uint64_t sum_of(const struct spec_resources *resources)
{
    const struct spec_memory *memory = resources->memory;

    return memory != NULL && memory->has_swap && memory->swap > 0 ? (uint64_t)memory->swap : UINT64_MAX;
}

/* The limit of memory that tells swap's part of the sum: the member's, else the file's. */
static uint64_t known_limit(const struct spec_resources *resources)
{
    uint64_t limit = limit_of(resources), file;

    if (limit == UINT64_MAX && unified_number(resources, MEMORY_FILE, &file) == UNIFIED_NUMBER)
        return file;
    return limit;
}

/* A sum and no limit of memory: nobody can tell swap's part, and the plan refuses it. */
static bool is_untold(const struct spec_resources *resources)
{
    return sum_of(resources) != UINT64_MAX && known_limit(resources) == UINT64_MAX;
}

/* Swap's part of the sum, as plan/resources_memory.c works it out; of one that is untold none. */
static uint64_t swap_of(const struct spec_resources *resources)
{
    uint64_t sum = sum_of(resources), limit = known_limit(resources);

    if (sum == UINT64_MAX)
        return UINT64_MAX;
    return sum > limit ? sum - limit : 0;
}

/* The sum that goes with a limit: no more than was asked for, neither in all nor of swap. */
static uint64_t sum_with(const struct decider *decider, uint64_t limit)
{
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t sum;

    return __builtin_add_overflow(limit, swap_of(asked), &sum) ? sum_of(asked) : least(sum, sum_of(asked));
}

static struct spec_memory *memory_to_write(struct decider *decider)
{
    struct spec_resources *resources = decider_resources(decider);
    struct spec_memory *memory = arena_allocate(decider->arena, sizeof(*memory));

    if (resources->memory != NULL)
        *memory = *resources->memory;
    resources->memory = memory;
    return memory;
}

static uint64_t lower_limit(struct decider *decider, uint64_t maximum)
{
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t granted = least(limit_of(decider_resources_now(decider)), maximum);
    struct spec_memory *memory = memory_to_write(decider);

    if (is_untold(asked))
        granted = least(granted, sum_of(asked));
    memory->limit = decide_signed(granted);
    memory->has_limit = true;
    /* What is protected from reclaim, at most all of it. */
    if (memory->has_reservation && (memory->reservation < 0 || memory->reservation > memory->limit))
        memory->reservation = memory->limit;
    if (sum_of(asked) != UINT64_MAX)
        memory->swap = decide_signed(sum_with(decider, granted));
    return granted;
}

static uint64_t lower_file(struct decider *decider, const char *file, uint64_t maximum)
{
    uint64_t granted;

    (void)unified_number(decider_resources_now(decider), file, &granted);
    granted = least(granted, maximum);
    unified_set(decider, file, decide_number_text(decider, granted));
    return granted;
}

static void refuse_untold(struct decider *decider, const struct policy_maximum *rule, const char *pointer)
{
    const struct policy_finding finding = {
        .rule = "TW0602",
        .pointer = pointer,
        .requested = decide_number_text(decider, sum_of(decide_requested_resources(decider))),
        .reason = "swap is memory and swap together, and without a limit of memory its part cannot be told",
        .allow = "give a limit of memory with it",
    };

    decider_refuse(decider, &rule->rule, &finding);
}

static uint64_t lower_memory_file(struct decider *decider, uint64_t maximum)
{
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t granted =
        lower_file(decider, MEMORY_FILE, is_untold(asked) ? least(maximum, sum_of(asked)) : maximum);

    /* Only then the file is what the sum is told apart by. */
    if (limit_of(asked) == UINT64_MAX && sum_of(asked) != UINT64_MAX)
        memory_to_write(decider)->swap = decide_signed(sum_with(decider, granted));
    return granted;
}

void decide_memory(struct decider *decider, const struct policy_maximum *rule)
{
    static const char member[] = "/linux/resources/memory/limit";
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t requested;
    enum unified_reading reading = unified_number(asked, MEMORY_FILE, &requested);
    bool by_file = reading == UNIFIED_NUMBER;

    if (!rule->rule.present || rule->value == UINT64_MAX ||
        !decide_can_limit(decider, &rule->rule, "memory", member, "resources.memory"))
        return;
    if (reading == UNIFIED_BROKEN) {
        unified_refuse(decider, &rule->rule, "TW0601", MEMORY_FILE);
        return;
    }
    if (decide_above(decider, &rule->rule, "TW0601", by_file ? unified_pointer(decider, MEMORY_FILE) : member,
                     "", "memory", by_file ? requested : limit_of(asked), rule->value))
        decider_granted(decider, decide_number_text(decider, by_file ? lower_memory_file(decider, rule->value)
                                                                     : lower_limit(decider, rule->value)));
}

void decide_swap(struct decider *decider, const struct policy_maximum *rule)
{
    static const char member[] = "/linux/resources/memory/swap";
    const struct spec_resources *asked = decide_requested_resources(decider);
    uint64_t requested;
    enum unified_reading reading = unified_number(asked, SWAP_FILE, &requested);
    bool by_file = reading == UNIFIED_NUMBER;

    if (!rule->rule.present || rule->value == UINT64_MAX ||
        !decide_can_limit(decider, &rule->rule, "memory", member, "resources.swap"))
        return;
    if (reading == UNIFIED_BROKEN) {
        unified_refuse(decider, &rule->rule, "TW0602", SWAP_FILE);
        return;
    }
    if (!by_file && is_untold(asked)) {
        refuse_untold(decider, rule, member);
        return;
    }
    if (decide_above(decider, &rule->rule, "TW0602", by_file ? unified_pointer(decider, SWAP_FILE) : member,
                     "", "swap", by_file ? requested : swap_of(asked), rule->value))
        decider_granted(decider, decide_number_text(decider, lower_file(decider, SWAP_FILE, rule->value)));
}
