/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters put together. */
#include "cli/policy_filters.h"

#include "base/memory.h"
#include "policy/syscalls_meet.h"

int policy_filter_of(const struct policy_set *set, const struct syscall_circumstances *circumstances,
                     const struct spec_seccomp *own, struct arena *arena, const struct spec_seccomp **filter,
                     struct error *error)
{
    struct syscall_filters found;
    const struct spec_seccomp **filters =
        arena_array(arena, set->count * ARRAY_LENGTH(found.items) + 1, sizeof(const struct spec_seccomp *));
    size_t count = 0;

    if (own != NULL)
        filters[count++] = own;
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].audit)
            continue;
        if (policy_syscall_filters(set->items[i].policy, circumstances, arena, &found, error) != 0)
            return -1;
        for (size_t k = 0; k < found.count; k++)
            filters[count++] = found.items[k].seccomp;
    }
    return policy_filter_meet(filters, count, circumstances->architecture, arena, filter, error);
}
