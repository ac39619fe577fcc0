/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unions of cubes; see syscall_region.h. */
#include "policy/syscall_region.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "spec/spec.h"

static const struct syscall_cube all_arguments = {0};
const struct syscall_region syscall_region_everything = {&all_arguments, 1};
const struct syscall_region syscall_region_nothing = {NULL, 0};

/* A region while it grows. */
struct growing {
    struct arena *arena;
    struct syscall_cube *cubes;
    size_t count, capacity;
    bool full;
};

static void add(struct growing *region, const struct syscall_cube *cube)
{
    if (region->count == SYSCALL_CUBES_MAX) {
        region->full = true;
        return;
    }
    if (region->count == region->capacity) {
        size_t capacity = region->capacity * 2 + 4;
        struct syscall_cube *cubes = arena_array(region->arena, capacity, sizeof(*cubes));

        if (region->count > 0)
            memcpy(cubes, region->cubes, region->count * sizeof(*cubes));
        region->cubes = cubes;
        region->capacity = capacity;
    }
    region->cubes[region->count++] = *cube;
}

static bool finish(const struct growing *region, struct syscall_region *result)
{
    *result = (struct syscall_region){region->cubes, region->count};
    return !region->full;
}

static uint64_t low_bits(unsigned int width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

bool syscall_region_is_everything(const struct syscall_region *region)
{
    for (size_t i = 0; i < region->count; i++)
        if (memcmp(region->cubes[i].mask, all_arguments.mask, sizeof(all_arguments.mask)) == 0)
            return true;
    return false;
}

/* ---- comparisons ---- */

/* first <= argument <= last, as blocks whose size is a power of two and that begin at a multiple of it. */
static void add_interval(struct growing *region, uint32_t index, uint64_t first, uint64_t last,
                         unsigned int width)
{
    for (;;) {
        uint64_t size_mask = 0; /* of the block, size - 1 */
        struct syscall_cube cube = {0};

        while (size_mask != low_bits(width)) {
            uint64_t larger = size_mask << 1 | 1;

            if ((first & larger) != 0 || last - first < larger)
                break;
            size_mask = larger;
        }
        cube.mask[index] = low_bits(width) & ~size_mask;
        cube.value[index] = first;
        add(region, &cube);
        if (last - first == size_mask)
            return;
        first += size_mask + 1;
    }
}

struct syscall_region syscall_region_of(uint32_t index, enum policy_comparison comparison, uint64_t value,
                                        uint64_t mask, unsigned int width, struct arena *arena)
{
    struct growing region = {.arena = arena};
    uint64_t top = low_bits(width);
    struct syscall_region result;

    switch (comparison) {
    case POLICY_COMPARE_EQ:
        add_interval(&region, index, value, value, width);
        break;
    case POLICY_COMPARE_NE:
        if (value > 0)
            add_interval(&region, index, 0, value - 1, width);
        if (value < top)
            add_interval(&region, index, value + 1, top, width);
        break;
    case POLICY_COMPARE_LT:
        if (value > 0)
            add_interval(&region, index, 0, value - 1, width);
        break;
    case POLICY_COMPARE_LE:
        add_interval(&region, index, 0, value, width);
        break;
    case POLICY_COMPARE_GT:
        if (value < top)
            add_interval(&region, index, value + 1, top, width);
        break;
    case POLICY_COMPARE_GE:
        add_interval(&region, index, value, top, width);
        break;
    case POLICY_COMPARE_MASKED: {
        struct syscall_cube cube = {0};

        cube.mask[index] = mask & top;
        cube.value[index] = value & mask & top;
        add(&region, &cube);
        break;
    }
    }
    (void)finish(&region, &result);
    return result;
}

/* ---- operations ---- */

bool syscall_region_join(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result)
{
    struct growing region = {.arena = arena};

    if (syscall_region_is_everything(one) || syscall_region_is_everything(other)) {
        *result = syscall_region_everything;
        return true;
    }
    for (size_t i = 0; i < one->count; i++)
        add(&region, &one->cubes[i]);
    for (size_t i = 0; i < other->count; i++)
        add(&region, &other->cubes[i]);
    return finish(&region, result);
}

static bool disjoint(const struct syscall_cube *one, const struct syscall_cube *other)
{
    for (size_t i = 0; i < SYSCALL_ARGUMENTS; i++)
        if (((one->value[i] ^ other->value[i]) & one->mask[i] & other->mask[i]) != 0)
            return true;
    return false;
}

bool syscall_region_meet(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result)
{
    struct growing region = {.arena = arena};

    for (size_t i = 0; i < one->count; i++) {
        for (size_t k = 0; k < other->count && !region.full; k++) {
            struct syscall_cube cube = one->cubes[i];

            if (disjoint(&one->cubes[i], &other->cubes[k]))
                continue;
            for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++) {
                cube.mask[a] |= other->cubes[k].mask[a];
                cube.value[a] |= other->cubes[k].value[a];
            }
            add(&region, &cube);
        }
    }
    return finish(&region, result);
}

/* What of `from` lies outside of `hole`: one cube for each bit that hole fixes and from does not, highest bit
 * first, so that what is left of a range are ranges. None overlaps another. */
static void add_outside(struct growing *region, const struct syscall_cube *from,
                        const struct syscall_cube *hole)
{
    struct syscall_cube rest = *from;

    if (disjoint(from, hole)) {
        add(region, from);
        return;
    }
    for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++) {
        uint64_t bits = hole->mask[a] & ~from->mask[a];

        while (bits != 0 && !region->full) {
            uint64_t bit = (uint64_t)1 << (63 - __builtin_clzll(bits));

            rest.mask[a] |= bit;
            rest.value[a] |= ~hole->value[a] & bit;
            add(region, &rest);
            rest.value[a] ^= bit;
            bits ^= bit;
        }
    }
}

bool syscall_region_without(const struct syscall_region *one, const struct syscall_region *other,
                            struct arena *arena, struct syscall_region *result)
{
    *result = *one;
    for (size_t k = 0; k < other->count; k++) {
        struct growing region = {.arena = arena};

        for (size_t i = 0; i < result->count && !region.full; i++)
            add_outside(&region, &result->cubes[i], &other->cubes[k]);
        if (!finish(&region, result))
            return false;
    }
    return true;
}

/* ---- rules ---- */

/* first <= argument <= last. */
struct interval {
    uint64_t first, last;
};

/* The only argument that all cubes of the region look at, when each of them is a range of it: its low `width`
 * bits are fixed from the top down. SYSCALL_ARGUMENTS: it is not like that. */
static size_t single_argument(const struct syscall_region *region, unsigned int *width)
{
    size_t found = SYSCALL_ARGUMENTS;

    *width = 0;
    for (size_t i = 0; i < region->count; i++) {
        for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++) {
            uint64_t mask = region->cubes[i].mask[a];
            unsigned int top;

            if (mask == 0)
                continue;
            top = 64 - (unsigned int)__builtin_clzll(mask);
            if ((found != SYSCALL_ARGUMENTS && found != a) || (*width != 0 && *width != top) ||
                (low_bits(top) & ~mask & ((low_bits(top) & ~mask) + 1)) != 0)
                return SYSCALL_ARGUMENTS;
            found = a;
            *width = top;
        }
    }
    return *width == 16 || *width == 32 || *width == 64 ? found : SYSCALL_ARGUMENTS;
}

static int compare_intervals(const void *one, const void *other)
{
    const struct interval *first = one, *second = other;

    return (first->first > second->first) - (first->first < second->first);
}

/* The ranges in order, those that touch or overlap as one. */
static size_t merge_intervals(const struct syscall_region *region, size_t argument, unsigned int width,
                              struct interval *intervals)
{
    size_t count = 0;

    for (size_t i = 0; i < region->count; i++)
        intervals[i] = (struct interval){region->cubes[i].value[argument],
                                         region->cubes[i].value[argument] |
                                             (low_bits(width) & ~region->cubes[i].mask[argument])};
    if (region->count > 1)
        qsort(intervals, region->count, sizeof(*intervals), compare_intervals);
    for (size_t i = 0; i < region->count; i++) {
        if (count > 0 && (intervals[count - 1].last == UINT64_MAX ||
                          intervals[i].first <= intervals[count - 1].last + 1)) {
            if (intervals[i].last > intervals[count - 1].last)
                intervals[count - 1].last = intervals[i].last;
        } else {
            intervals[count++] = intervals[i];
        }
    }
    return count;
}

struct rule_list {
    struct arena *arena;
    struct json_structs *items;
    size_t count, capacity;
};

static struct spec_seccomp_argument *add_rule(struct rule_list *list, size_t argument_count)
{
    struct spec_seccomp_argument *arguments = arena_array(list->arena, argument_count, sizeof(*arguments));

    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 4;
        struct json_structs *items = arena_array(list->arena, capacity, sizeof(*items));

        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] =
        (struct json_structs){.items = arguments, .count = argument_count, .present = argument_count > 0};
    return arguments;
}

static void add_comparison(struct rule_list *list, size_t argument, const char *name, uint64_t value)
{
    *add_rule(list, 1) =
        (struct spec_seccomp_argument){.index = (uint32_t)argument, .operator_name = name, .value = value};
}

static void add_cube(struct rule_list *list, const struct syscall_cube *cube)
{
    struct spec_seccomp_argument *arguments;
    size_t count = 0;

    for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++)
        count += cube->mask[a] != 0;
    arguments = add_rule(list, count);
    for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++) {
        if (cube->mask[a] == UINT64_MAX)
            *arguments++ = (struct spec_seccomp_argument){
                .index = (uint32_t)a, .operator_name = "SCMP_CMP_EQ", .value = cube->value[a]};
        else if (cube->mask[a] != 0)
            *arguments++ = (struct spec_seccomp_argument){.index = (uint32_t)a,
                                                          .operator_name = "SCMP_CMP_MASKED_EQ",
                                                          .value = cube->mask[a],
                                                          .value_two = cube->value[a],
                                                          .has_value_two = true};
    }
}

/* Ranges of one argument: of 64 bits the comparisons can say them in one rule each, mostly. */
static void add_ranges(struct rule_list *list, const struct interval *intervals, size_t count,
                       size_t argument, unsigned int width)
{
    if (width == 64 && count == 2 && intervals[0].first == 0 && intervals[1].last == UINT64_MAX &&
        intervals[1].first - intervals[0].last == 2) {
        add_comparison(list, argument, "SCMP_CMP_NE", intervals[0].last + 1);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct growing blocks = {.arena = list->arena};

        if (width == 64 && intervals[i].first == 0) {
            add_comparison(list, argument, "SCMP_CMP_LE", intervals[i].last);
            continue;
        }
        if (width == 64 && intervals[i].last == UINT64_MAX) {
            add_comparison(list, argument, "SCMP_CMP_GE", intervals[i].first);
            continue;
        }
        add_interval(&blocks, (uint32_t)argument, intervals[i].first, intervals[i].last, width);
        for (size_t k = 0; k < blocks.count; k++)
            add_cube(list, &blocks.cubes[k]);
    }
}

const struct json_structs *syscall_region_rules(const struct syscall_region *region, struct arena *arena,
                                                size_t *count)
{
    struct rule_list list = {.arena = arena};
    unsigned int width;
    size_t argument = single_argument(region, &width);

    if (syscall_region_is_everything(region)) {
        (void)add_rule(&list, 0);
    } else if (argument != SYSCALL_ARGUMENTS) {
        struct interval *intervals = arena_array(arena, region->count, sizeof(*intervals));

        add_ranges(&list, intervals, merge_intervals(region, argument, width, intervals), argument, width);
    } else {
        for (size_t i = 0; i < region->count; i++)
            add_cube(&list, &region->cubes[i]);
    }
    *count = list.count;
    return list.items;
}
