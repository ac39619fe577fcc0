/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of arguments of one system call: what a rule's conditions pick out. A set is a union of boxes, and a
 * box says of each argument that some of its bits have a value, or that its lower bits lie in a range. Boxes
 * are closed under intersection, the difference of two is again a union of them, and each of them is one or a
 * few rules of OCI's: so whatever policies say can be expressed exactly, and combined exactly.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "json/table.h"
#include "policy/model.h"

enum {
    SYSCALL_ARGUMENTS = 6,
    SYSCALL_BOXES_MAX = 1024, /* of one set: more do not fit into a filter anyway */
};

/* Of one argument. */
struct syscall_constraint {
    /* 0: (argument & first) == last. 16, 32 or 64: first <= its lower `width` bits <= last. */
    unsigned int width;
    uint64_t first, last;
};

struct syscall_box {
    struct syscall_constraint arguments[SYSCALL_ARGUMENTS];
};

struct syscall_region {
    const struct syscall_box *boxes;
    size_t count;
};

/* All arguments; none. */
extern const struct syscall_region syscall_region_everything, syscall_region_nothing;

bool syscall_region_is_everything(const struct syscall_region *region);

/* The set of one comparison of argument index, of which the kernel looks at the low `width` bits, unsigned.
 * value and mask must fit into width. */
struct syscall_region syscall_region_of(uint32_t index, enum policy_comparison comparison, uint64_t value,
                                        uint64_t mask, unsigned int width, struct arena *arena);

/* Operations. False: the result needs more than SYSCALL_BOXES_MAX boxes. */
bool syscall_region_join(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result);
bool syscall_region_join_all(const struct syscall_region *const *regions, size_t count, struct arena *arena,
                             struct syscall_region *result);
bool syscall_region_meet(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result);
bool syscall_region_without(const struct syscall_region *one, const struct syscall_region *other,
                            struct arena *arena, struct syscall_region *result);

/* The set as rules: for each one the arguments of a spec_seccomp_rule (struct json_structs of
 * spec_seccomp_argument); none of them compares an argument twice. NULL: more than SYSCALL_BOXES_MAX. */
const struct json_structs *syscall_region_rules(const struct syscall_region *region, struct arena *arena,
                                                size_t *count);
