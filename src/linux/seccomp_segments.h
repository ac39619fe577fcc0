/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System call numbers cut into ranges ("segments") on which every filter of a stack decides by the same
 * clauses: what seccomp_emit.c makes a tree of. Filters that cannot change a segment's answer are left out of
 * it, so that a stack costs a call no more than the filters that look at its arguments.
 */
#pragma once

#include "linux/seccomp_emit.h"

/* One filter on one segment: the first clause that applies answers. */
struct seccomp_part {
    const struct seccomp_clause *clauses; /* strictest first */
    size_t clause_count;
    uint32_t otherwise; /* when no clause applies */
};

/* Numbers from start up to the next segment's start. */
struct seccomp_segment {
    uint32_t start;
    uint32_t constant;                /* the answer, when no part is left */
    const struct seccomp_part *parts; /* in the filters' order; the strictest answer of all of them counts */
    size_t part_count;
};

struct seccomp_segments {
    struct seccomp_segment *items;
    size_t count;
};

/* The segments of all numbers under one audit value; neighbours with the same constant are one. */
void seccomp_segments_of(const struct seccomp_decisions *filters, size_t filter_count, uint32_t audit,
                         struct arena *arena, struct seccomp_segments *segments);

/* Under bound (seccomp_emit.h), do the clauses from `clause` on all come to what `otherwise` comes to? */
bool seccomp_rest_same(const struct seccomp_part *part, size_t clause, uint32_t bound);
