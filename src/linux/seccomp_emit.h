/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From decisions about system call numbers to classic BPF: for each architecture a binary tree over ranges of
 * numbers, so that the kernel, which walks the filter once for every number when it is loaded (the bitmap
 * of 5.11), passes about ten instructions instead of hundreds.
 *
 * No library is needed here: names have become numbers already (seccomp_compile.c).
 * tests/unit/linux_seccomp*.c run what comes out in an interpreter against a direct evaluation of the rules,
 * and against the filter that libseccomp makes of the same profile.
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

/* One comparison of one argument. */
struct seccomp_condition {
    uint32_t index; /* 0..5 */
    enum plan_seccomp_operator operation;
    bool narrow;    /* compare the low 32 bits only: the ABI's registers have no more */
    uint64_t value; /* for PLAN_SECCOMP_MASKED_EQ already masked */
    uint64_t mask;  /* PLAN_SECCOMP_MASKED_EQ only */
};

/* All conditions true: action. */
struct seccomp_clause {
    uint32_t number; /* of the system call, as in seccomp_data.nr: x32's carry bit 30 */
    uint32_t action; /* SECCOMP_RET_* with its data */
    const struct seccomp_condition *conditions;
    size_t condition_count;
    bool decides; /* the first rule without conditions for this call (for the compiler) */
    size_t order; /* among clauses of equal strictness the lowest wins */
};

/* Numbers first <= nr <= last of one ABI. ABIs with the same audit value (x86_64 and x32) share no number. */
struct seccomp_abi {
    uint32_t audit; /* AUDIT_ARCH_… */
    uint32_t first, last;
    struct seccomp_clause *clauses;
    size_t clause_count;
    bool has_newest;
    uint32_t newest; /* numbers above it get unknown_action */
};

struct seccomp_decisions {
    uint32_t default_action; /* no clause applies */
    uint32_t unknown_action; /* numbers above an ABI's newest */
    uint32_t foreign_action; /* architectures and ABIs that are not listed */
    struct seccomp_abi *abis;
    size_t abi_count;
};

/* Smaller is stricter: the kernel's own order among stacked filters (KILL_PROCESS, KILL_THREAD, TRAP, ERRNO,
 * USER_NOTIF, TRACE, LOG, ALLOW). */
static inline int32_t seccomp_strictness(uint32_t action)
{
    return (int32_t)(action & 0xffff0000U);
}

/* The answer to a call when one filter answers `first` and a later one of the list `second`. Of two equally
 * strict ones the first one's data (its errno) counts, as if it had been installed last. */
static inline uint32_t seccomp_stricter(uint32_t first, uint32_t second)
{
    return seccomp_strictness(second) < seccomp_strictness(first) ? second : first;
}

/*
 * One program for all filters of a stack: what the kernel would answer if they were installed one after the
 * other, the last of the list first. Within one filter the strictest of the clauses that apply to a call
 * wins, too. Sorts the clauses in place. ERROR_LIMIT when it would be longer than the kernel's 4096
 * instructions for one filter.
 */
int seccomp_emit(const struct seccomp_decisions *filters, size_t filter_count, struct arena *arena,
                 struct sock_filter **instructions, unsigned short *count, struct error *error);
