/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What syscall_region.c and syscall_region_rules.c share. Not for others. */
#pragma once

#include "policy/syscall_region.h"

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

/* A range as masks. */
void region_blocks(const struct syscall_constraint *range, struct region_constraints *blocks);
