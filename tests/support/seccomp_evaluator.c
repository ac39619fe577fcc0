/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The evaluator behind seccomp_evaluator.h. */
#include "seccomp_evaluator.h"

#include <errno.h>
#include <string.h>

uint32_t evaluator_action(enum plan_seccomp_action action, uint16_t data)
{
    static const uint32_t values[] = {
        [PLAN_SECCOMP_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
        [PLAN_SECCOMP_KILL_THREAD] = SECCOMP_RET_KILL_THREAD,
        [PLAN_SECCOMP_TRAP] = SECCOMP_RET_TRAP,
        [PLAN_SECCOMP_ERRNO] = SECCOMP_RET_ERRNO,
        [PLAN_SECCOMP_TRACE] = SECCOMP_RET_TRACE,
        [PLAN_SECCOMP_LOG] = SECCOMP_RET_LOG,
        [PLAN_SECCOMP_ALLOW] = SECCOMP_RET_ALLOW,
        [PLAN_SECCOMP_NOTIFY] = SECCOMP_RET_USER_NOTIF,
    };
    bool has_data = action == PLAN_SECCOMP_ERRNO || action == PLAN_SECCOMP_TRACE;

    return values[action] | (has_data ? data : 0);
}

/* The kernel's order of precedence, as its documentation lists it. */
static int rank(uint32_t action)
{
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_PROCESS:
        return 0;
    case SECCOMP_RET_KILL_THREAD:
        return 1;
    case SECCOMP_RET_TRAP:
        return 2;
    case SECCOMP_RET_ERRNO:
        return 3;
    case SECCOMP_RET_USER_NOTIF:
        return 4;
    case SECCOMP_RET_TRACE:
        return 5;
    case SECCOMP_RET_LOG:
        return 6;
    default:
        return 7;
    }
}

static bool compare(enum plan_seccomp_operator operation, uint64_t argument, uint64_t value,
                    uint64_t value_two)
{
    switch (operation) {
    case PLAN_SECCOMP_NE:
        return argument != value;
    case PLAN_SECCOMP_LT:
        return argument < value;
    case PLAN_SECCOMP_LE:
        return argument <= value;
    case PLAN_SECCOMP_EQ:
        return argument == value;
    case PLAN_SECCOMP_GE:
        return argument >= value;
    case PLAN_SECCOMP_GT:
        return argument > value;
    case PLAN_SECCOMP_MASKED_EQ:
        return (argument & value) == (value_two & value);
    }
    return false;
}

static bool condition_holds(const struct plan_seccomp_argument *condition, uint64_t argument, bool narrow)
{
    uint64_t value = condition->value, value_two = condition->value_two;

    if (narrow) {
        argument = (uint32_t)argument;
        if (condition->operation == PLAN_SECCOMP_MASKED_EQ) {
            value_two &= value;
            if ((int64_t)value_two == (int64_t)(int32_t)value_two)
                value_two = (uint32_t)value_two;
            if (value_two >> 32 != 0)
                return false;
            return (argument & value) == ((uint32_t)value_two & value);
        }
        if ((int64_t)value == (int64_t)(int32_t)value)
            value = (uint32_t)value;
    }
    return compare(condition->operation, argument, value, value_two);
}

static bool index_repeats(const struct plan_seccomp_rule *rule)
{
    for (size_t i = 0; i < rule->argument_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (rule->arguments[i].index == rule->arguments[k].index)
                return true;
        }
    }
    return false;
}

static bool arguments_hold(const struct plan_seccomp_rule *rule, const struct seccomp_data *data, bool narrow)
{
    bool alternatives = index_repeats(rule);

    for (size_t i = 0; i < rule->argument_count; i++) {
        bool holds = condition_holds(&rule->arguments[i], data->args[rule->arguments[i].index], narrow);

        if (alternatives && holds)
            return true;
        if (!alternatives && !holds)
            return false;
    }
    return !alternatives;
}

static bool is_permissive(uint32_t action)
{
    return rank(action) >= 5;
}

static void consider(uint32_t action, bool *found, uint32_t *best)
{
    if (!*found || rank(action) < rank(*best))
        *best = action;
    *found = true;
}

/* Some rule with arguments on a call behind the same multiplexer, not covered by one of the same action
 * without them. */
static bool multiplexer_closed(const struct evaluator *evaluator, const struct evaluator_abi *abi,
                               bool is_socket)
{
    const struct plan_seccomp *plan = evaluator->plan;

    for (size_t r = 0; r < plan->rule_count; r++) {
        const struct plan_seccomp_rule *rule = &plan->rules[r];

        for (size_t n = 0; rule->argument_count > 0 && n < rule->names.count; n++) {
            uint32_t multiplexer, subcall;
            bool socket, covered = false;

            if (!abi->multiplexed(rule->names.items[n], &multiplexer, &subcall, &socket) ||
                socket != is_socket)
                continue;
            for (size_t o = 0; o < plan->rule_count; o++) {
                for (size_t m = 0; m < plan->rules[o].names.count; m++)
                    covered |= plan->rules[o].argument_count == 0 && plan->rules[o].action == rule->action &&
                               strcmp(plan->rules[o].names.items[m], rule->names.items[n]) == 0;
            }
            if (!covered)
                return true;
        }
    }
    return false;
}

/* An earlier rule without conditions names the call of this one, which has none either. */
static bool overruled(const struct plan_seccomp *plan, size_t rule, const char *name)
{
    for (size_t r = 0; plan->rules[rule].argument_count == 0 && r < rule; r++) {
        for (size_t n = 0; plan->rules[r].argument_count == 0 && n < plan->rules[r].names.count; n++) {
            if (strcmp(plan->rules[r].names.items[n], name) == 0)
                return true;
        }
    }
    return false;
}

static bool decide_in_abi(const struct evaluator *evaluator, const struct evaluator_abi *abi,
                          const struct seccomp_data *data, uint32_t *best)
{
    const struct plan_seccomp *plan = evaluator->plan;
    uint32_t default_action = evaluator_action(plan->default_action, plan->default_data);
    bool found = false;

    for (size_t r = 0; r < plan->rule_count; r++) {
        const struct plan_seccomp_rule *rule = &plan->rules[r];
        uint32_t action = evaluator_action(rule->action, rule->data);

        for (size_t n = 0; n < rule->names.count; n++) {
            uint32_t multiplexer, subcall;
            bool is_socket;

            int number = abi->number(rule->names.items[n]);

            if (number != -1 && number == data->nr && arguments_hold(rule, data, abi->narrow) &&
                !overruled(plan, r, rule->names.items[n]))
                consider(action, &found, best);
            if (!abi->multiplexed(rule->names.items[n], &multiplexer, &subcall, &is_socket) ||
                (int)multiplexer != data->nr)
                continue;
            if ((data->args[0] & (is_socket ? UINT32_MAX : 0xffff)) != subcall)
                continue;
            if (overruled(plan, r, rule->names.items[n]))
                continue;
            if (rule->argument_count == 0 || (plan->allow_socketcall && rank(action) > rank(default_action)))
                consider(action, &found, best);
        }
    }
    for (int socket = 0; socket < 2; socket++) {
        const char *probe = socket ? "socket" : "semop";
        uint32_t multiplexer, subcall;
        bool is_socket;

        if (plan->allow_socketcall || !abi->multiplexed(probe, &multiplexer, &subcall, &is_socket) ||
            (int)multiplexer != data->nr || !multiplexer_closed(evaluator, abi, is_socket))
            continue;
        if (!found || rank(*best) >= 3)
            *best = SECCOMP_RET_ERRNO | ENOSYS;
        found = true;
    }
    return found;
}

static bool above_newest(const struct evaluator *evaluator, const struct evaluator_abi *abi, int number)
{
    int newest = -1;

    for (size_t r = 0; r < evaluator->plan->rule_count; r++) {
        const struct plan_strings *names = &evaluator->plan->rules[r].names;

        for (size_t n = 0; n < names->count; n++) {
            int candidate = abi->number(names->items[n]);

            newest = candidate > newest ? candidate : newest;
        }
    }
    return newest >= 0 && (uint32_t)number > (uint32_t)newest;
}

uint32_t evaluator_decide(const struct evaluator *evaluator, const struct seccomp_data *data)
{
    const struct plan_seccomp *plan = evaluator->plan;
    uint32_t default_action = evaluator_action(plan->default_action, plan->default_data), best = 0;

    for (size_t i = 0; i < evaluator->abi_count; i++) {
        const struct evaluator_abi *abi = &evaluator->abis[i];
        bool x32 = abi->audit == 0xc000003eU && ((uint32_t)data->nr & 0x40000000U) != 0;

        /* On x86_64 every number from bit 30 up is x32's. */
        if (abi->audit == 0xc000003eU)
            x32 = (uint32_t)data->nr >= 0x40000000U;
        if (abi->audit != data->arch || abi->x32 != x32)
            continue;
        if (decide_in_abi(evaluator, abi, data, &best))
            return best;
        if (!is_permissive(default_action) && !plan->default_data_given &&
            above_newest(evaluator, abi, data->nr))
            return SECCOMP_RET_ERRNO | ENOSYS;
        return default_action;
    }
    if (is_permissive(default_action) || default_action == SECCOMP_RET_USER_NOTIF)
        return SECCOMP_RET_KILL_PROCESS;
    return default_action;
}

uint32_t evaluator_decide_stack(const struct evaluator *evaluators, size_t count,
                                const struct seccomp_data *data)
{
    uint32_t result = SECCOMP_RET_ALLOW;

    /* kernel/seccomp.c, seccomp_run_filters: from the latest filter to the oldest. */
    for (size_t i = 0; i < count; i++) {
        uint32_t answer = evaluator_decide(&evaluators[i], data);

        if (rank(answer) < rank(result))
            result = answer;
    }
    return result;
}
