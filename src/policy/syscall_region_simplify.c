/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same set in fewer boxes; see syscall_region_internal.h. */
#include "policy/syscall_region_internal.h"

bool region_constraint_same(const struct syscall_constraint *one, const struct syscall_constraint *other)
{
    return one->width == other->width && one->first == other->first && one->last == other->last;
}

/* A mask that fixes all of the lower bits is a range of one value. */
static void make_range(struct syscall_constraint *constraint)
{
    for (unsigned int width = 16; constraint->width == 0 && width <= 64; width *= 2)
        if (constraint->first == region_top(width))
            *constraint = (struct syscall_constraint){width, constraint->last, constraint->last};
}

/* A range that is one block, as a mask. */
static bool make_mask(const struct syscall_constraint *constraint, struct syscall_constraint *mask)
{
    uint64_t inner = constraint->last - constraint->first; /* size - 1 */

    *mask = *constraint;
    if (constraint->width == 0)
        return true;
    if ((inner & (inner + 1)) != 0 || (constraint->first & inner) != 0)
        return false;
    *mask = (struct syscall_constraint){.first = region_top(constraint->width) & ~inner,
                                        .last = constraint->first};
    return true;
}

/* ---- one within another ---- */

static bool argument_within(const struct syscall_constraint *inner, const struct syscall_constraint *outer)
{
    struct syscall_constraint inner_mask, outer_mask;

    if (region_constraint_is_any(outer))
        return true;
    if (inner->width != 0 && inner->width == outer->width)
        return inner->first >= outer->first && inner->last <= outer->last;
    /* A range of more bits, all of whose values have the same upper ones. */
    if (outer->width != 0 && inner->width > outer->width &&
        ((inner->first ^ inner->last) & ~region_top(outer->width)) == 0)
        return (inner->first & region_top(outer->width)) >= outer->first &&
               (inner->last & region_top(outer->width)) <= outer->last;
    return make_mask(inner, &inner_mask) && make_mask(outer, &outer_mask) &&
           (inner_mask.first & outer_mask.first) == outer_mask.first &&
           (inner_mask.last & outer_mask.first) == outer_mask.last;
}

static bool box_within(const struct syscall_box *inner, const struct syscall_box *outer)
{
    for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++)
        if (!argument_within(&inner->arguments[a], &outer->arguments[a]))
            return false;
    return true;
}

/* ---- two as one ---- */

bool region_join_arguments(const struct syscall_constraint *one, const struct syscall_constraint *other,
                           struct syscall_constraint *both)
{
    *both = *one;
    if (one->width != other->width)
        return false;
    if (one->width == 0) {
        uint64_t apart = one->last ^ other->last;

        both->first &= ~apart;
        both->last &= ~apart;
        return one->first == other->first && (apart & (apart - 1)) == 0;
    }
    if (one->first > other->first)
        return region_join_arguments(other, one, both);
    both->last = one->last > other->last ? one->last : other->last;
    return one->last >= other->last || other->first <= one->last + 1;
}

size_t region_count_differing(const struct syscall_box *one, const struct syscall_box *other,
                              size_t *argument)
{
    size_t count = 0;

    for (size_t a = 0; a < SYSCALL_ARGUMENTS && count < 2; a++) {
        if (region_constraint_same(&one->arguments[a], &other->arguments[a]))
            continue;
        *argument = a;
        count++;
    }
    return count;
}

/* Put other into box, if they differ in one argument only and it can take both. */
static bool join_boxes(struct syscall_box *box, const struct syscall_box *other)
{
    size_t differing, differing_count = region_count_differing(box, other, &differing);
    struct syscall_constraint both;

    if (differing_count != 1)
        return differing_count == 0;
    if (!region_join_arguments(&box->arguments[differing], &other->arguments[differing], &both))
        return false;
    if (region_constraint_is_any(&both))
        both = (struct syscall_constraint){0};
    make_range(&both);
    box->arguments[differing] = both;
    return true;
}

static bool absorb(struct syscall_box *box, const struct syscall_box *other)
{
    if (box_within(other, box))
        return true;
    if (!box_within(box, other))
        return join_boxes(box, other);
    *box = *other;
    return true;
}

size_t region_merge_all(struct syscall_box *boxes, size_t count,
                        bool (*merge)(struct syscall_box *box, const struct syscall_box *other))
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            for (size_t k = i + 1; k < count; k++) {
                if (!merge(&boxes[i], &boxes[k]))
                    continue;
                boxes[k--] = boxes[--count];
                changed = true;
            }
        }
    }
    return count;
}

size_t region_simplify(struct syscall_box *boxes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t a = 0; a < SYSCALL_ARGUMENTS; a++)
            make_range(&boxes[i].arguments[a]);
    return region_merge_all(boxes, count, absorb);
}
