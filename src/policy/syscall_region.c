/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unions of boxes; see syscall_region.h. */
#include "policy/syscall_region.h"

#include <string.h>
#include "base/memory.h"
#include "policy/syscall_region_internal.h"

static const struct syscall_box all_arguments = {0};
const struct syscall_region syscall_region_everything = {&all_arguments, 1};
const struct syscall_region syscall_region_nothing = {NULL, 0};

enum { FEW = 8 };

/* A region while it grows: most have a few boxes. */
struct growing {
    struct arena *arena; /* of the result */
    struct arena scratch;
    struct syscall_box *boxes;
    size_t count, capacity;
    bool full;
    struct syscall_box few[FEW];
};

static void begin(struct growing *region, struct arena *arena)
{
    region->arena = arena;
    region->scratch = (struct arena){0};
    region->boxes = region->few;
    region->count = 0;
    region->capacity = FEW;
    region->full = false;
}

static void add(struct growing *region, const struct syscall_box *box)
{
    if (region->count == SYSCALL_BOXES_MAX) {
        region->full = true;
        return;
    }
    if (region->count == region->capacity) {
        struct syscall_box *boxes = arena_array(&region->scratch, region->capacity * 2, sizeof(*boxes));

        memcpy(boxes, region->boxes, region->count * sizeof(*boxes));
        region->boxes = boxes;
        region->capacity *= 2;
    }
    region->boxes[region->count++] = *box;
}

/* The result, in as few boxes as are easily found; the scratch memory is given back. */
static bool finish(struct growing *region, struct syscall_region *result)
{
    struct syscall_box *boxes = NULL;

    region->count = region->full ? 0 : region_simplify(region->boxes, region->count);
    if (region->count > 0) {
        boxes = arena_array(region->arena, region->count, sizeof(*boxes));
        memcpy(boxes, region->boxes, region->count * sizeof(*boxes));
    }
    *result = (struct syscall_region){boxes, region->count};
    arena_free(&region->scratch);
    return !region->full;
}

/* ---- one argument ---- */

uint64_t region_top(unsigned int width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

bool region_constraint_is_any(const struct syscall_constraint *constraint)
{
    return constraint->width == 0
               ? constraint->first == 0
               : constraint->first == 0 && constraint->last == region_top(constraint->width);
}

void region_add_constraint(struct region_constraints *list, struct syscall_constraint constraint)
{
    if (list->count == REGION_CONSTRAINTS)
        list->full = true;
    else
        list->items[list->count++] = constraint;
}

static void clear(struct region_constraints *list)
{
    list->count = 0;
    list->full = false;
}

/* A range as blocks whose size is a power of two and that begin at a multiple of it: at most two of each
 * size. */
void region_blocks(const struct syscall_constraint *range, struct region_constraints *blocks)
{
    uint64_t first = range->first, top = region_top(range->width);

    clear(blocks);
    for (;;) {
        uint64_t size_mask = 0; /* of the block, size - 1 */

        while (size_mask != top) {
            uint64_t larger = size_mask << 1 | 1;

            if ((first & larger) != 0 || range->last - first < larger)
                break;
            size_mask = larger;
        }
        region_add_constraint(blocks, (struct syscall_constraint){.first = top & ~size_mask, .last = first});
        if (range->last - first == size_mask)
            return;
        first += size_mask + 1;
    }
}

static void as_masks(const struct syscall_constraint *constraint, struct region_constraints *masks)
{
    clear(masks);
    if (constraint->width == 0)
        region_add_constraint(masks, *constraint);
    else
        region_blocks(constraint, masks);
}

/* What satisfies both. */
void region_meet_argument(const struct syscall_constraint *one, const struct syscall_constraint *other,
                          struct region_constraints *met)
{
    REGION_SCRATCH struct region_constraints ones, others;

    clear(met);
    if (region_constraint_is_any(one) || region_constraint_is_any(other)) {
        region_add_constraint(met, region_constraint_is_any(one) ? *other : *one);
        return;
    }
    if (one->width != 0 && one->width == other->width) {
        struct syscall_constraint both = *one;

        both.first = one->first > other->first ? one->first : other->first;
        both.last = one->last < other->last ? one->last : other->last;
        if (both.first <= both.last)
            region_add_constraint(met, both);
        return;
    }
    as_masks(one, &ones);
    as_masks(other, &others);
    for (size_t i = 0; i < ones.count; i++) {
        for (size_t k = 0; k < others.count; k++) {
            const struct syscall_constraint *a = &ones.items[i], *b = &others.items[k];

            if (((a->last ^ b->last) & a->first & b->first) == 0)
                region_add_constraint(met, (struct syscall_constraint){.first = a->first | b->first,
                                                                       .last = a->last | b->last});
        }
    }
}

/* What does not satisfy it; none of the parts overlaps another. */
void region_outside_argument(const struct syscall_constraint *hole, struct region_constraints *outside)
{
    uint64_t fixed = 0;

    clear(outside);
    if (hole->width != 0) {
        if (hole->first > 0)
            region_add_constraint(outside, (struct syscall_constraint){hole->width, 0, hole->first - 1});
        if (hole->last < region_top(hole->width))
            region_add_constraint(
                outside, (struct syscall_constraint){hole->width, hole->last + 1, region_top(hole->width)});
        return;
    }
    for (uint64_t bits = hole->first; bits != 0;) {
        uint64_t bit = (uint64_t)1 << (63 - __builtin_clzll(bits));

        region_add_constraint(
            outside, (struct syscall_constraint){.first = fixed | bit,
                                                 .last = (hole->last & fixed) | (~hole->last & bit)});
        fixed |= bit;
        bits ^= bit;
    }
}

/* ---- comparisons ---- */

static void add_range(struct growing *region, uint32_t index, uint64_t first, uint64_t last,
                      unsigned int width)
{
    struct syscall_box box = {0};

    box.arguments[index] = (struct syscall_constraint){width, first, last};
    add(region, &box);
}

struct syscall_region syscall_region_of(uint32_t index, enum policy_comparison comparison, uint64_t value,
                                        uint64_t mask, unsigned int width, struct arena *arena)
{
    REGION_SCRATCH struct growing region;
    uint64_t top = region_top(width);
    struct syscall_box masked = {0};
    struct syscall_region result;

    begin(&region, arena);
    if (comparison == POLICY_COMPARE_MASKED) {
        masked.arguments[index] =
            (struct syscall_constraint){.first = mask & top, .last = value & mask & top};
        add(&region, &masked);
    }
    if ((comparison == POLICY_COMPARE_LT || comparison == POLICY_COMPARE_NE) && value > 0)
        add_range(&region, index, 0, value - 1, width);
    if ((comparison == POLICY_COMPARE_GT || comparison == POLICY_COMPARE_NE) && value < top)
        add_range(&region, index, value + 1, top, width);
    if (comparison == POLICY_COMPARE_EQ)
        add_range(&region, index, value, value, width);
    if (comparison == POLICY_COMPARE_LE)
        add_range(&region, index, 0, value, width);
    if (comparison == POLICY_COMPARE_GE)
        add_range(&region, index, value, top, width);
    (void)finish(&region, &result);
    return result;
}

/* ---- operations ---- */

bool syscall_region_is_everything(const struct syscall_region *region)
{
    for (size_t i = 0; i < region->count; i++) {
        size_t any = 0;

        while (any < SYSCALL_ARGUMENTS && region_constraint_is_any(&region->boxes[i].arguments[any]))
            any++;
        if (any == SYSCALL_ARGUMENTS)
            return true;
    }
    return false;
}

bool syscall_region_join_all(const struct syscall_region *const *regions, size_t count, struct arena *arena,
                             struct syscall_region *result)
{
    REGION_SCRATCH struct growing region;

    for (size_t i = 0; i < count; i++) {
        if (syscall_region_is_everything(regions[i])) {
            *result = syscall_region_everything;
            return true;
        }
    }
    if (count == 1) {
        *result = *regions[0];
        return true;
    }
    begin(&region, arena);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < regions[i]->count; k++)
            add(&region, &regions[i]->boxes[k]);
    return finish(&region, result);
}

bool syscall_region_join(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result)
{
    const struct syscall_region *const both[] = {one, other};

    return syscall_region_join_all(both, ARRAY_LENGTH(both), arena, result);
}

/* The arguments from `argument` on of what both boxes have in common. */
static void meet_from(struct growing *region, struct syscall_box *box, const struct syscall_box *other,
                      size_t argument)
{
    const struct syscall_constraint own =
        argument < SYSCALL_ARGUMENTS ? box->arguments[argument] : (struct syscall_constraint){0};
    REGION_SCRATCH struct region_constraints met;

    if (argument == SYSCALL_ARGUMENTS) {
        add(region, box);
        return;
    }
    region_meet_argument(&own, &other->arguments[argument], &met);
    region->full |= met.full;
    for (size_t i = 0; i < met.count && !region->full; i++) {
        box->arguments[argument] = met.items[i];
        meet_from(region, box, other, argument + 1);
    }
    box->arguments[argument] = own;
}

bool syscall_region_meet(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result)
{
    REGION_SCRATCH struct growing region;

    /* The usual cases: no condition at all. */
    if (one->count == 1 && syscall_region_is_everything(one)) {
        *result = *other;
        return true;
    }
    begin(&region, arena);
    for (size_t i = 0; i < one->count; i++) {
        for (size_t k = 0; k < other->count && !region.full; k++) {
            struct syscall_box box = one->boxes[i];

            meet_from(&region, &box, &other->boxes[k], 0);
        }
    }
    return finish(&region, result);
}

/* What of box lies outside of hole, given that its arguments before `argument` lie inside. */
static void add_outside(struct growing *region, struct syscall_box *box, const struct syscall_box *hole,
                        size_t argument)
{
    REGION_SCRATCH struct region_constraints outside, met;
    struct syscall_constraint own;

    if (argument == SYSCALL_ARGUMENTS || region->full)
        return;
    own = box->arguments[argument];
    region_outside_argument(&hole->arguments[argument], &outside);
    for (size_t i = 0; i < outside.count; i++) {
        region_meet_argument(&own, &outside.items[i], &met);
        region->full |= met.full;
        for (size_t k = 0; k < met.count; k++) {
            box->arguments[argument] = met.items[k];
            add(region, box);
        }
    }
    region_meet_argument(&own, &hole->arguments[argument], &met);
    region->full |= met.full;
    for (size_t i = 0; i < met.count; i++) {
        box->arguments[argument] = met.items[i];
        add_outside(region, box, hole, argument + 1);
    }
    box->arguments[argument] = own;
}

bool syscall_region_without(const struct syscall_region *one, const struct syscall_region *other,
                            struct arena *arena, struct syscall_region *result)
{
    REGION_SCRATCH struct growing halves[2];
    struct growing *from = &halves[0], *to = &halves[1];
    size_t simplified = FEW * 2;

    if (other->count == 0) {
        *result = *one;
        return true;
    }
    begin(from, arena);
    begin(to, arena);
    for (size_t i = 0; i < one->count; i++)
        add(from, &one->boxes[i]);
    for (size_t k = 0; k < other->count && !from->full; k++) {
        struct growing *swapped = from;

        to->count = 0;
        for (size_t i = 0; i < from->count && !to->full; i++) {
            struct syscall_box box = from->boxes[i];

            add_outside(to, &box, &other->boxes[k], 0);
        }
        if (to->count > simplified * 2)
            simplified = to->count = region_simplify(to->boxes, to->count);
        from = to;
        to = swapped;
    }
    arena_free(&to->scratch);
    return finish(from, result);
}
