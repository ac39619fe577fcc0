/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of CPUs and memory nodes, "0-3,7", as bits. */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "plan/plan.h"

enum {
    NUMBER_LIST_CPUS = 8192,
    NUMBER_LIST_NODES = 1024 /* the kernel's largest NR_CPUS and MAX_NUMNODES */
};

/* The list as a set with numbers below limit; NULL or "" is the empty set (count 0). false: no such list, or
 * a number is too large. */
bool number_list_read(struct arena *arena, const char *list, uint32_t limit, struct plan_cpu_set *set);

/* The set as a list. */
void number_list_append(struct text *text, const struct plan_cpu_set *set);
