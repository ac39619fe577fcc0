/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What syscall_region.c and syscall_region_rules.c share. Not for others. */
#pragma once

#include "policy/syscall_region.h"
#include "spec/spec.h"

enum {
    REGION_CONSTRAINTS = 512, /* a range has at most 126 blocks; two of different widths may need more */
};

struct region_constraints {
    struct syscall_constraint items[REGION_CONSTRAINTS];
    size_t count;
    bool full; /* there were more: what was to come of it cannot be said */
};

/* Twelve kilobytes each, of which mostly a few bytes are used: they are not worth the compiler's zeros
 * (-ftrivial-auto-var-init). Whoever fills one clears it first. */
#define REGION_SCRATCH __attribute__((uninitialized))

/* The largest number of `width` bits. */
uint64_t region_top(unsigned int width);

/* Does every value satisfy it? */
bool region_constraint_is_any(const struct syscall_constraint *constraint);

void region_add_constraint(struct region_constraints *list, struct syscall_constraint constraint);

/* The same set in fewer boxes, where that is easily seen: without those that lie within another, and with
 * those put together that differ in one argument only. Every box is a rule in the end, and other runtimes'
 * library takes time that grows fast with the rules of one call. Returns their number. */
size_t region_simplify(struct syscall_box *boxes, size_t count);

bool region_constraint_same(const struct syscall_constraint *one, const struct syscall_constraint *other);

/* In how many arguments do they differ? 2 stands for more as well. *argument: the last of them. */
size_t region_count_differing(const struct syscall_box *one, const struct syscall_box *other,
                              size_t *argument);

/* Take every pair of boxes until no two of them merge: merge() puts other into box, and says whether it
 * could. Returns the number of boxes that are left. */
size_t region_merge_all(struct syscall_box *boxes, size_t count,
                        bool (*merge)(struct syscall_box *box, const struct syscall_box *other));

/* What satisfies both. */
void region_meet_argument(const struct syscall_constraint *one, const struct syscall_constraint *other,
                          struct region_constraints *met);

/* What does not satisfy it; none of the parts overlaps another. */
void region_outside_argument(const struct syscall_constraint *hole, struct region_constraints *outside);

/* Two conditions on one argument, one of which must hold, as one. False: they are none. */
bool region_join_arguments(const struct syscall_constraint *one, const struct syscall_constraint *other,
                           struct syscall_constraint *both);

/* Two ranges with one value between them ("all but that"), as one that begins behind the value and ends
 * before it. Only for region_comparisons(). */
bool region_close_around(const struct syscall_constraint *one, const struct syscall_constraint *other,
                         struct syscall_constraint *wrapped);

/* The comparisons of an argument, one of which must hold: most ranges of 64 bits are one, others are cut into
 * blocks. room: REGION_CONSTRAINTS. Returns their number. */
size_t region_comparisons(size_t index, const struct syscall_constraint *constraint,
                          struct spec_seccomp_argument *comparisons);

/* A range as masks. */
void region_blocks(const struct syscall_constraint *range, struct region_constraints *blocks);
