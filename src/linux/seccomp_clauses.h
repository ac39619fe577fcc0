/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clauses of one ABI while a profile's rules are turned into them: conditions decided where they can be,
 * doubles left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "linux/seccomp_emit.h"
#include "plan/plan.h"

enum { CLAUSE_CHAINS = 512 };

struct abi_builder {
    uint32_t token; /* the library's name for the ABI */
    bool narrow;    /* argument registers have 32 bits */
    struct seccomp_clause *clauses;
    size_t count, capacity;
    bool has_newest;
    uint32_t newest; /* the highest number that a rule names */
    uint32_t
        decided_subcalls[2]; /* of ipc and socketcall: a bit each, set by the first rule without conditions */
    /* The clauses with the same lower bits of their numbers, from the newest (+ 1) on: most have one, and to
     * look for others among hundreds would be most of the work. */
    uint32_t newest_clause[CLAUSE_CHAINS];
    uint32_t *previous_clause;
};

/* Add a clause as it is. */
void abi_add_clause(struct abi_builder *abi, struct arena *arena, struct seccomp_clause clause);

/* Add a clause under all of the count conditions; nothing when one of them can never hold or the same clause
 * is there. */
void abi_add_conditional(struct abi_builder *abi, struct arena *arena, struct seccomp_clause clause,
                         const struct plan_seccomp_argument *arguments, size_t count);

/* Add what rule says about a call's number. *differs is set when an earlier rule without conditions has
 * decided otherwise. */
void abi_add_rule(struct abi_builder *abi, struct arena *arena, const struct plan_seccomp_rule *rule,
                  uint32_t number, uint32_t action, bool *differs);

/* Does a rule compare one argument more than once? Then its conditions are alternatives (seccomp.h). */
bool rule_has_alternatives(const struct plan_seccomp_rule *rule);
