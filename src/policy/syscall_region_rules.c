/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From boxes to the arguments of OCI's rules; see syscall_region.h. */
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

size_t region_comparisons(size_t index, const struct syscall_constraint *constraint,
                          struct spec_seccomp_argument *comparisons)
{
    REGION_SCRATCH struct region_constraints blocks;

    if (constraint->width == 0) {
        comparisons[0] = masked(index, constraint->first, constraint->last);
        return 1;
    }
    if (constraint->first > constraint->last) { /* pair_up */
        comparisons[0] = comparison(index, "SCMP_CMP_NE", constraint->last + 1);
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
    count = region_comparisons(argument, &box->arguments[argument], comparisons);
    for (size_t i = 0; i < count && !list->full; i++) {
        chosen[chosen_count] = comparisons[i];
        add_box(list, box, argument + 1, chosen, chosen_count + 1);
    }
}

/* ---- all but one value ---- */

bool region_close_around(const struct syscall_constraint *one, const struct syscall_constraint *other,
                         struct syscall_constraint *wrapped)
{
    if (one->first != 0)
        return other->first == 0 && region_close_around(other, one, wrapped);
    *wrapped = (struct syscall_constraint){64, other->first, one->last};
    return one->width == 64 && other->width == 64 && one->last < UINT64_MAX - 1 &&
           other->last == UINT64_MAX && other->first == one->last + 2;
}

/* Boxes that are "all but one value" of an argument together: one comparison instead of two. */
static bool pair_up(struct syscall_box *box, const struct syscall_box *other)
{
    struct syscall_constraint wrapped;
    size_t differing;

    if (region_count_differing(box, other, &differing) != 1 ||
        !region_close_around(&box->arguments[differing], &other->arguments[differing], &wrapped))
        return false;
    box->arguments[differing] = wrapped;
    return true;
}

const struct json_structs *syscall_region_rules(const struct syscall_region *region, struct arena *arena,
                                                size_t *count)
{
    struct rule_list list = {.arena = arena};
    struct spec_seccomp_argument chosen[SYSCALL_ARGUMENTS];

    if (syscall_region_is_everything(region)) {
        add_rule(&list, chosen, 0);
    } else if (region->count > 0) {
        struct syscall_box *boxes = arena_array(arena, region->count, sizeof(*boxes));
        size_t box_count;

        memcpy(boxes, region->boxes, region->count * sizeof(*boxes));
        box_count = region_merge_all(boxes, region->count, pair_up);
        for (size_t i = 0; i < box_count; i++)
            add_box(&list, &boxes[i], 0, chosen, 0);
    }
    *count = list.count;
    return list.full ? NULL : list.items;
}
