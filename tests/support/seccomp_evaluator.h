/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan's seccomp rules say about one call, evaluated rule by rule as seccomp.h promises it, without
 * any program: the reference for what the compiler makes. Written without the compiler's code; the numbers of
 * calls come from a table of the test's own.
 */
#pragma once

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include "plan/plan.h"

/* An ABI as the evaluator sees it. */
struct evaluator_abi {
    uint32_t audit;
    bool x32;
    bool narrow; /* arguments have 32 bits */
    /* The number of a named call, -1: it has none here. */
    int (*number)(const char *name);
    /* For calls behind a multiplexer: its number and the subcall, false when the name is not behind one. */
    bool (*multiplexed)(const char *name, uint32_t *multiplexer, uint32_t *subcall, bool *is_socket);
};

struct evaluator {
    const struct plan_seccomp *plan;
    const struct evaluator_abi *abis; /* those that are listed, the native one included */
    size_t abi_count;
};

/* SECCOMP_RET_… with its data. */
uint32_t evaluator_decide(const struct evaluator *evaluator, const struct seccomp_data *data);

/* The kernel's answer when these filters are stacked, the last one installed first: the strictest, and among
 * equally strict ones that of the filter which was installed last. */
uint32_t evaluator_decide_stack(const struct evaluator *evaluators, size_t count,
                                const struct seccomp_data *data);

/* The value of an action. */
uint32_t evaluator_action(enum plan_seccomp_action action, uint16_t data);
