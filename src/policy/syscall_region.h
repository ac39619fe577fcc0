/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of arguments of one system call: what a rule's conditions pick out. A set is a union of cubes, and a
 * cube fixes some bits of some arguments. Cubes are closed under intersection, the difference of two is again
 * a union of them, and each of them is one rule of OCI's (SCMP_CMP_MASKED_EQ on each argument): so whatever
 * policies say can be expressed exactly, and combined exactly.
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
    SYSCALL_CUBES_MAX = 1024, /* of one set: more do not fit into a filter anyway */
};

struct syscall_cube {
    uint64_t mask[SYSCALL_ARGUMENTS], value[SYSCALL_ARGUMENTS]; /* value has no bit outside of mask */
};

struct syscall_region {
    const struct syscall_cube *cubes;
    size_t count;
};

/* All arguments; none. */
extern const struct syscall_region syscall_region_everything, syscall_region_nothing;

bool syscall_region_is_everything(const struct syscall_region *region);

/* The set of one comparison of argument index, of which the kernel looks at the low `width` bits, unsigned.
 * value and mask must fit into width. False: too many cubes (it never is for one comparison). */
struct syscall_region syscall_region_of(uint32_t index, enum policy_comparison comparison, uint64_t value,
                                        uint64_t mask, unsigned int width, struct arena *arena);

/* Operations. False: the result needs more than SYSCALL_CUBES_MAX cubes. */
bool syscall_region_join(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result);
bool syscall_region_meet(const struct syscall_region *one, const struct syscall_region *other,
                         struct arena *arena, struct syscall_region *result);
bool syscall_region_without(const struct syscall_region *one, const struct syscall_region *other,
                            struct arena *arena, struct syscall_region *result);

/* The set as rules: for each one the arguments of a spec_seccomp_rule (struct json_structs of
 * spec_seccomp_argument); none of them compares an argument twice. */
const struct json_structs *syscall_region_rules(const struct syscall_region *region, struct arena *arena,
                                                size_t *count);
