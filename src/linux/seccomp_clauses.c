/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clauses from rules; see seccomp_clauses.h. */
#include "linux/seccomp_clauses.h"

#include "base/memory.h"

/* ---- conditions ---- */

enum condition_kind { CONDITION_COMPARES, CONDITION_ALWAYS, CONDITION_NEVER };

/* A 32-bit register against a value that does not fit it: decided here, by arithmetic. Negative numbers that
 * were written with 64 bits do fit. */
static enum condition_kind narrow_condition(struct seccomp_condition *condition)
{
    uint32_t high = (uint32_t)(condition->value >> 32);
    bool negative = high == UINT32_MAX && (condition->value & 0x80000000U) != 0;

    condition->narrow = true;
    condition->mask &= UINT32_MAX;
    if (high == 0 || negative) {
        condition->value &= UINT32_MAX;
        return CONDITION_COMPARES;
    }
    switch (condition->operation) {
    case PLAN_SECCOMP_NE:
    case PLAN_SECCOMP_LT:
    case PLAN_SECCOMP_LE:
        return CONDITION_ALWAYS;
    default:
        return CONDITION_NEVER;
    }
}

static enum condition_kind make_condition(const struct plan_seccomp_argument *argument, bool narrow,
                                          struct seccomp_condition *condition)
{
    *condition = (struct seccomp_condition){
        .index = argument->index, .operation = argument->operation, .value = argument->value};
    if (argument->operation == PLAN_SECCOMP_MASKED_EQ) {
        condition->mask = argument->value;
        condition->value = argument->value_two & argument->value;
    }
    enum condition_kind kind = narrow ? narrow_condition(condition) : CONDITION_COMPARES;

    if (kind == CONDITION_COMPARES && condition->operation == PLAN_SECCOMP_MASKED_EQ && condition->mask == 0)
        kind = condition->value == 0 ? CONDITION_ALWAYS : CONDITION_NEVER;
    return kind;
}

/* ---- clauses ---- */

void abi_add_clause(struct abi_builder *abi, struct arena *arena, struct seccomp_clause clause)
{
    if (abi->count == abi->capacity) {
        size_t capacity = abi->capacity * 2 + 64;
        struct seccomp_clause *clauses = arena_array(arena, capacity, sizeof(*clauses));

        uint32_t *previous = arena_array(arena, capacity, sizeof(*previous));

        if (abi->count > 0) {
            memcpy(clauses, abi->clauses, abi->count * sizeof(*clauses));
            memcpy(previous, abi->previous_clause, abi->count * sizeof(*previous));
        }
        abi->clauses = clauses;
        abi->previous_clause = previous;
        abi->capacity = capacity;
    }
    abi->clauses[abi->count++] = clause;
    abi->previous_clause[abi->count - 1] = abi->newest_clause[clause.number % CLAUSE_CHAINS];
    abi->newest_clause[clause.number % CLAUSE_CHAINS] = (uint32_t)abi->count;
}

static bool same_condition(const struct seccomp_condition *a, const struct seccomp_condition *b)
{
    return a->index == b->index && a->operation == b->operation && a->narrow == b->narrow &&
           a->value == b->value && a->mask == b->mask;
}

/* Is there a clause that says the same? */
static bool clause_known(const struct abi_builder *abi, const struct seccomp_clause *clause)
{
    for (uint32_t at = abi->newest_clause[clause->number % CLAUSE_CHAINS]; at != 0;
         at = abi->previous_clause[at - 1]) {
        const struct seccomp_clause *other = &abi->clauses[at - 1];
        size_t equal = 0;

        if (other->number != clause->number || other->action != clause->action ||
            other->condition_count != clause->condition_count)
            continue;
        while (equal < clause->condition_count &&
               same_condition(&other->conditions[equal], &clause->conditions[equal]))
            equal++;
        if (equal == clause->condition_count)
            return true;
    }
    return false;
}

/* One clause of the conditions of arguments; none when a condition can never hold. */
void abi_add_conditional(struct abi_builder *abi, struct arena *arena, struct seccomp_clause clause,
                         const struct plan_seccomp_argument *arguments, size_t count)
{
    struct seccomp_condition *conditions = arena_array(arena, count, sizeof(*conditions));

    clause.conditions = conditions;
    for (size_t i = 0; i < count; i++) {
        switch (make_condition(&arguments[i], abi->narrow, &conditions[clause.condition_count])) {
        case CONDITION_COMPARES:
            clause.condition_count++;
            break;
        case CONDITION_ALWAYS:
            break;
        case CONDITION_NEVER:
            return;
        }
    }
    if (!clause_known(abi, &clause))
        abi_add_clause(abi, arena, clause);
}

bool rule_has_alternatives(const struct plan_seccomp_rule *rule)
{
    unsigned int seen = 0;

    for (size_t i = 0; i < rule->argument_count; i++) {
        unsigned int bit = 1U << rule->arguments[i].index;

        if (seen & bit)
            return true;
        seen |= bit;
    }
    return false;
}

/* Has an earlier rule without conditions decided the number? *differs: with another action. */
static bool decided(const struct abi_builder *abi, uint32_t number, uint32_t action, bool *differs)
{
    for (uint32_t at = abi->newest_clause[number % CLAUSE_CHAINS]; at != 0;
         at = abi->previous_clause[at - 1]) {
        const struct seccomp_clause *other = &abi->clauses[at - 1];

        if (other->number == number && other->decides) {
            *differs |= other->action != action;
            return true;
        }
    }
    return false;
}

/* The call itself. *differs: an earlier rule has decided otherwise. */
void abi_add_rule(struct abi_builder *abi, struct arena *arena, const struct plan_seccomp_rule *rule,
                  uint32_t number, uint32_t action, bool *differs)
{
    struct seccomp_clause clause = {.number = number, .action = action, .order = rule->index};

    if (rule->argument_count == 0) {
        clause.decides = true;
        if (!decided(abi, number, action, differs))
            abi_add_clause(abi, arena, clause);
    } else if (rule_has_alternatives(rule)) {
        for (size_t i = 0; i < rule->argument_count; i++)
            abi_add_conditional(abi, arena, clause, &rule->arguments[i], 1);
    } else {
        abi_add_conditional(abi, arena, clause, rule->arguments, rule->argument_count);
    }
}
