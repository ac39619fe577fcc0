/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From boxes to the arguments of OCI's rules; see syscall_region.h. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "policy/syscall_region_internal.h"
#include "spec/spec.h"

struct rule_list {
    struct arena *arena;
    struct json_structs *items;
    size_t count, capacity;
    bool full;
};

static void add_rule(struct rule_list *list, const struct spec_seccomp_argument *arguments, size_t count)
{
    struct spec_seccomp_argument *copy;

    if (list->count == SYSCALL_BOXES_MAX) {
        list->full = true;
        return;
    }
    copy = arena_array(list->arena, count, sizeof(*copy));
    if (count > 0)
        memcpy(copy, arguments, count * sizeof(*copy));
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 4;
        struct json_structs *items = arena_array(list->arena, capacity, sizeof(*items));

        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct json_structs){.items = copy, .count = count, .present = count > 0};
}

/* ---- one argument ---- */

static struct spec_seccomp_argument comparison(size_t index, const char *name, uint64_t value)
{
    return (struct spec_seccomp_argument){.index = (uint32_t)index, .operator_name = name, .value = value};
}

static struct spec_seccomp_argument masked(size_t index, uint64_t mask, uint64_t value)
{
    if (mask == UINT64_MAX)
        return comparison(index, "SCMP_CMP_EQ", value);
    return (struct spec_seccomp_argument){.index = (uint32_t)index,
                                          .operator_name = "SCMP_CMP_MASKED_EQ",
                                          .value = mask,
                                          .value_two = value,
                                          .has_value_two = true};
}

/* The comparisons, one of which must hold: most ranges of 64 bits are one, others are cut into blocks. */
static size_t comparisons_of(size_t index, const struct syscall_constraint *constraint,
                             struct spec_seccomp_argument *comparisons)
{
    REGION_SCRATCH struct region_constraints blocks;

    if (constraint->width == 0) {
        comparisons[0] = masked(index, constraint->first, constraint->last);
        return 1;
    }
    if (constraint->width == 64 && constraint->first == constraint->last) {
        comparisons[0] = comparison(index, "SCMP_CMP_EQ", constraint->first);
        return 1;
    }
    if (constraint->width == 64 && constraint->first == 0) {
        comparisons[0] = comparison(index, "SCMP_CMP_LE", constraint->last);
        return 1;
    }
    if (constraint->width == 64 && constraint->last == UINT64_MAX) {
        comparisons[0] = comparison(index, "SCMP_CMP_GE", constraint->first);
        return 1;
    }
    region_blocks(constraint, &blocks);
    for (size_t i = 0; i < blocks.count; i++)
        comparisons[i] = masked(index, blocks.items[i].first, blocks.items[i].last);
    return blocks.count;
}

/* The rules of one box: every combination of its arguments' comparisons. */
static void add_box(struct rule_list *list, const struct syscall_box *box, size_t argument,
                    struct spec_seccomp_argument *chosen, size_t chosen_count)
{
    REGION_SCRATCH struct spec_seccomp_argument comparisons[REGION_CONSTRAINTS];
    size_t count;

    while (argument < SYSCALL_ARGUMENTS && region_constraint_is_any(&box->arguments[argument]))
        argument++;
    if (argument == SYSCALL_ARGUMENTS) {
        add_rule(list, chosen, chosen_count);
        return;
    }
    count = comparisons_of(argument, &box->arguments[argument], comparisons);
    for (size_t i = 0; i < count && !list->full; i++) {
        chosen[chosen_count] = comparisons[i];
        add_box(list, box, argument + 1, chosen, chosen_count + 1);
    }
}

/* ---- ranges of one argument, which can be put together ---- */

static int compare_ranges(const void *one, const void *other)
{
    const struct syscall_constraint *first = one, *second = other;

    return (first->first > second->first) - (first->first < second->first);
}

/* The only argument that the boxes look at, when all of them do so by ranges of one width; SYSCALL_ARGUMENTS:
 * it is not like that. A mask that fixes all of the lower bits is a range of one value. */
static size_t single_argument(const struct syscall_region *region, struct syscall_constraint *ranges)
{
    size_t found = SYSCALL_ARGUMENTS;

    for (size_t i = 0; i < region->count; i++) {
        for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++) {
            struct syscall_constraint constraint = region->boxes[i].arguments[a];

            if (region_constraint_is_any(&constraint))
                continue;
            if (constraint.width == 0 && constraint.first == UINT32_MAX)
                constraint = (struct syscall_constraint){32, constraint.last, constraint.last};
            else if (constraint.width == 0 && constraint.first == UINT64_MAX)
                constraint = (struct syscall_constraint){64, constraint.last, constraint.last};
            if (constraint.width == 0 || (found != SYSCALL_ARGUMENTS && found != a) ||
                (i > 0 && ranges[i - 1].width != constraint.width))
                return SYSCALL_ARGUMENTS;
            ranges[i] = constraint;
            found = a;
        }
    }
    return found;
}

/* In order, those that touch or overlap as one. */
static size_t merge(struct syscall_constraint *ranges, size_t count)
{
    size_t merged = 0;

    qsort(ranges, count, sizeof(*ranges), compare_ranges);
    for (size_t i = 0; i < count; i++) {
        struct syscall_constraint *last = merged > 0 ? &ranges[merged - 1] : NULL;

        if (last != NULL && (last->last == UINT64_MAX || ranges[i].first <= last->last + 1)) {
            if (ranges[i].last > last->last)
                last->last = ranges[i].last;
        } else {
            ranges[merged++] = ranges[i];
        }
    }
    return merged;
}

static void add_ranges(struct rule_list *list, size_t argument, const struct syscall_constraint *ranges,
                       size_t count)
{
    struct spec_seccomp_argument chosen[SYSCALL_ARGUMENTS];

    if (count == 2 && ranges[0].width == 64 && ranges[0].first == 0 && ranges[1].last == UINT64_MAX &&
        ranges[1].first - ranges[0].last == 2) {
        chosen[0] = comparison(argument, "SCMP_CMP_NE", ranges[0].last + 1);
        add_rule(list, chosen, 1);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct syscall_box box = {0};

        box.arguments[argument] = ranges[i];
        add_box(list, &box, 0, chosen, 0);
    }
}

const struct json_structs *syscall_region_rules(const struct syscall_region *region, struct arena *arena,
                                                size_t *count)
{
    struct rule_list list = {.arena = arena};
    struct spec_seccomp_argument chosen[SYSCALL_ARGUMENTS];

    if (syscall_region_is_everything(region)) {
        add_rule(&list, chosen, 0);
    } else if (region->count > 0) {
        struct syscall_constraint *ranges = arena_array(arena, region->count, sizeof(*ranges));
        size_t argument = single_argument(region, ranges);

        if (argument != SYSCALL_ARGUMENTS)
            add_ranges(&list, argument, ranges, merge(ranges, region->count));
        for (size_t i = 0; argument == SYSCALL_ARGUMENTS && i < region->count; i++)
            add_box(&list, &region->boxes[i], 0, chosen, 0);
    }
    *count = list.count;
    return list.full ? NULL : list.items;
}
