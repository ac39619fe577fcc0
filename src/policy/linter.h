/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that advise (lint*.c) share. Not for others. */
#pragma once

#include "policy/read.h"

struct linter {
    const struct policy *policy;
    struct arena *arena;
    struct policy_problems *problems;
};

/* Where advice points to. */
struct linter_place {
    uint32_t line, column;
    const char *pointer;
};

/* advice NULL: a mistake. */
void linter_say(const struct linter *linter, struct linter_place place, const char *advice,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A rule's own place. */
struct linter_place linter_rule_place(const struct policy_rule *rule, const char *pointer);

/* Item `index` of a list at `pointer`. */
struct linter_place linter_item_place(const struct linter *linter, const char *pointer, size_t index,
                                      uint32_t line, uint32_t column);

void lint_syscalls(const struct linter *linter);
