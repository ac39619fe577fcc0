/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What filters say about calls, and what it comes to; see syscall_answers.h. */
#include "policy/syscall_answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { ERRNO_MAX = 4095 };

static const struct {
    const char *name;
    enum syscall_verdict verdict;
} actions[] = {
    {"SCMP_ACT_KILL_PROCESS", SYSCALL_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SYSCALL_KILL_THREAD},
    {"SCMP_ACT_KILL", SYSCALL_KILL_THREAD},
    {"SCMP_ACT_TRAP", SYSCALL_TRAP},
    {"SCMP_ACT_ERRNO", SYSCALL_ERRNO},
    {"SCMP_ACT_NOTIFY", SYSCALL_NOTIFY},
    {"SCMP_ACT_TRACE", SYSCALL_TRACE},
    {"SCMP_ACT_LOG", SYSCALL_LOG},
    {"SCMP_ACT_ALLOW", SYSCALL_ALLOW},
};

static bool carries_data(enum syscall_verdict verdict)
{
    return verdict == SYSCALL_ERRNO || verdict == SYSCALL_TRACE;
}

bool syscall_answer_parse(const char *action, bool has_errno, uint32_t errno_value,
                          struct syscall_answer *answer)
{
    for (size_t i = 0; action != NULL && i < ARRAY_LENGTH(actions); i++) {
        if (strcmp(actions[i].name, action) != 0)
            continue;
        *answer = (struct syscall_answer){.verdict = actions[i].verdict};
        if (!carries_data(answer->verdict))
            return !has_errno;
        if (has_errno && errno_value > ERRNO_MAX)
            return false;
        answer->data = has_errno ? (uint16_t)errno_value : EPERM;
        return true;
    }
    return false;
}

/* ---- sayings ---- */

static void grow_names(struct syscall_sayings *sayings)
{
    size_t capacity = sayings->name_capacity * 2 + 128;
    size_t *first = arena_array(sayings->arena, capacity, sizeof(*first));
    size_t *last = arena_array(sayings->arena, capacity, sizeof(*last));

    if (sayings->name_capacity > 0) {
        memcpy(first, sayings->first, sayings->name_capacity * sizeof(*first));
        memcpy(last, sayings->last, sayings->name_capacity * sizeof(*last));
    }
    sayings->first = first;
    sayings->last = last;
    sayings->name_capacity = capacity;
}

void syscall_sayings_add(struct syscall_sayings *sayings, const char *name, struct syscall_region region,
                         struct syscall_answer answer, unsigned int priority)
{
    size_t index;

    sayings->names.arena = sayings->arena;
    index = name_set_add(&sayings->names, name, NULL);
    if (index >= sayings->name_capacity)
        grow_names(sayings);
    if (sayings->count == sayings->capacity) {
        size_t capacity = sayings->capacity * 2 + 128;
        struct syscall_saying *items = arena_array(sayings->arena, capacity, sizeof(*items));

        if (sayings->count > 0)
            memcpy(items, sayings->items, sayings->count * sizeof(*items));
        sayings->items = items;
        sayings->capacity = capacity;
    }
    sayings->items[sayings->count++] =
        (struct syscall_saying){.region = region, .answer = answer, .priority = priority};
    if (sayings->last[index] != 0)
        sayings->items[sayings->last[index] - 1].next = sayings->count;
    else
        sayings->first[index] = sayings->count;
    sayings->last[index] = sayings->count;
}

static bool comes_before(const struct syscall_saying *one, const struct syscall_saying *other)
{
    if (one->priority != other->priority)
        return one->priority < other->priority;
    return one->answer.verdict < other->answer.verdict;
}

/* The sayings about one name in the order in which they count: a sort by insertion, stable, of few. */
static size_t in_order(const struct syscall_sayings *sayings, size_t index,
                       const struct syscall_saying ***ordered)
{
    size_t count = 0, total = 0;

    for (size_t at = sayings->first[index]; at != 0; at = sayings->items[at - 1].next)
        total++;
    *ordered = arena_array(sayings->arena, total, sizeof(**ordered));
    for (size_t at = sayings->first[index]; at != 0; at = sayings->items[at - 1].next) {
        const struct syscall_saying *saying = &sayings->items[at - 1];
        size_t place = count++;

        for (; place > 0 && comes_before(saying, (*ordered)[place - 1]); place--)
            (*ordered)[place] = (*ordered)[place - 1];
        (*ordered)[place] = saying;
    }
    return count;
}

/* Put a piece behind the others: with one of the same answer when it is the last. */
static bool add_piece(struct syscall_decision *decision, struct syscall_region region,
                      struct syscall_answer answer, struct arena *arena)
{
    struct syscall_piece *last =
        decision->piece_count > 0 ? &decision->pieces[decision->piece_count - 1] : NULL;

    if (region.count == 0)
        return true;
    if (last != NULL && syscall_answer_same(last->answer, answer))
        return syscall_region_join(&last->region, &region, arena, &last->region);
    decision->pieces[decision->piece_count++] = (struct syscall_piece){region, answer};
    return true;
}

/* The region of those from number *at on that say the same, at once: a rule that was cut into many comes as
 * many. */
static bool join_same(const struct syscall_saying *const *ordered, size_t count, size_t *at,
                      struct arena *arena, struct syscall_region *region)
{
    const struct syscall_saying *first = ordered[*at];
    const struct syscall_region **regions = arena_array(arena, count - *at, sizeof(*regions));
    size_t same = 0;

    while (*at < count && ordered[*at]->priority == first->priority &&
           syscall_answer_same(ordered[*at]->answer, first->answer))
        regions[same++] = &ordered[(*at)++]->region;
    return syscall_region_join_all(regions, same, arena, region);
}

bool syscall_sayings_decide(const struct syscall_sayings *sayings, size_t index,
                            struct syscall_answer otherwise, struct syscall_decision *decision)
{
    const struct syscall_saying **ordered;
    size_t count = in_order(sayings, index, &ordered);
    struct syscall_region left = syscall_region_everything;

    *decision = (struct syscall_decision){
        .pieces = arena_array(sayings->arena, count, sizeof(*decision->pieces)), .otherwise = otherwise};
    for (size_t i = 0; i < count && left.count > 0;) {
        struct syscall_answer answer = ordered[i]->answer;
        struct syscall_region said, region;

        if (!join_same(ordered, count, &i, sayings->arena, &said))
            return false;
        if (syscall_region_is_everything(&said)) {
            decision->otherwise = answer;
            return true;
        }
        if (!syscall_region_meet(&left, &said, sayings->arena, &region) ||
            !add_piece(decision, region, answer, sayings->arena) ||
            !syscall_region_without(&left, &said, sayings->arena, &left))
            return false;
    }
    return true;
}

/* ---- two decisions ---- */

/* All of a decision as pieces: the last one is what is left. */
static bool spread(const struct syscall_decision *decision, struct arena *arena, struct syscall_piece *pieces,
                   size_t *count)
{
    struct syscall_region left = syscall_region_everything;

    for (size_t i = 0; i < decision->piece_count; i++) {
        pieces[i] = decision->pieces[i];
        if (!syscall_region_without(&left, &pieces[i].region, arena, &left))
            return false;
    }
    pieces[decision->piece_count] = (struct syscall_piece){left, decision->otherwise};
    *count = decision->piece_count + 1;
    return true;
}

static struct syscall_answer stricter(struct syscall_answer one, struct syscall_answer other)
{
    return other.verdict < one.verdict ? other : one;
}

bool syscall_decision_meet(const struct syscall_decision *one, const struct syscall_decision *other,
                           struct arena *arena, struct syscall_decision *result)
{
    struct syscall_piece *ones, *others;
    size_t one_count, other_count;

    *result = (struct syscall_decision){.otherwise = stricter(one->otherwise, other->otherwise)};
    if (one->piece_count == 0 && other->piece_count == 0)
        return true;
    ones = arena_array(arena, one->piece_count + 1, sizeof(*ones));
    others = arena_array(arena, other->piece_count + 1, sizeof(*others));
    if (!spread(one, arena, ones, &one_count) || !spread(other, arena, others, &other_count))
        return false;
    result->pieces = arena_array(arena, one_count * other_count, sizeof(*result->pieces));
    for (size_t i = 0; i < one_count; i++) {
        for (size_t k = 0; k < other_count; k++) {
            struct syscall_answer answer = stricter(ones[i].answer, others[k].answer);
            struct syscall_region region;

            if (syscall_answer_same(answer, result->otherwise))
                continue;
            if (!syscall_region_meet(&ones[i].region, &others[k].region, arena, &region) ||
                !add_piece(result, region, answer, arena))
                return false;
        }
    }
    return true;
}

bool syscall_decision_permits(const struct syscall_decision *decision)
{
    if (decision->otherwise.verdict > SYSCALL_ERRNO)
        return true;
    for (size_t i = 0; i < decision->piece_count; i++)
        if (decision->pieces[i].answer.verdict > SYSCALL_ERRNO)
            return true;
    return false;
}

/* ---- a filter of OCI's ---- */

static bool region_of_argument(const struct spec_seccomp_argument *argument, struct arena *arena,
                               struct syscall_region *region)
{
    static const struct {
        const char *name;
        enum policy_comparison comparison;
    } operators[] = {{"SCMP_CMP_NE", POLICY_COMPARE_NE}, {"SCMP_CMP_LT", POLICY_COMPARE_LT},
                     {"SCMP_CMP_LE", POLICY_COMPARE_LE}, {"SCMP_CMP_EQ", POLICY_COMPARE_EQ},
                     {"SCMP_CMP_GE", POLICY_COMPARE_GE}, {"SCMP_CMP_GT", POLICY_COMPARE_GT}};

    if (argument->operator_name == NULL || argument->index >= SYSCALL_ARGUMENTS)
        return false;
    if (strcmp(argument->operator_name, "SCMP_CMP_MASKED_EQ") == 0) {
        *region = syscall_region_of(argument->index, POLICY_COMPARE_MASKED, argument->value_two,
                                    argument->value, 64, arena);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) {
        if (strcmp(operators[i].name, argument->operator_name) == 0) {
            *region =
                syscall_region_of(argument->index, operators[i].comparison, argument->value, 0, 64, arena);
            return true;
        }
    }
    return false;
}

/* All conditions of a rule; each by itself where one argument is compared twice, as runc and crun have it. */
bool syscall_region_of_rule(const struct spec_seccomp_rule *rule, struct arena *arena,
                            struct syscall_region *region)
{
    const struct spec_seccomp_argument *arguments = rule->arguments.items;
    unsigned int seen = 0;
    bool alternatives = false;

    for (size_t i = 0; i < rule->arguments.count; i++) {
        alternatives |= (seen >> arguments[i].index & 1) != 0;
        seen |= 1U << (arguments[i].index & 31);
    }
    *region = alternatives ? syscall_region_nothing : syscall_region_everything;
    for (size_t i = 0; i < rule->arguments.count; i++) {
        struct syscall_region one;

        if (!region_of_argument(&arguments[i], arena, &one) ||
            !(alternatives ? syscall_region_join(region, &one, arena, region)
                           : syscall_region_meet(region, &one, arena, region)))
            return false;
    }
    return true;
}

/* Has an earlier rule without conditions decided the call? Then a later one says nothing
 * (linux/seccomp.h). */
static bool is_decided(const struct syscall_sayings *sayings, const char *name)
{
    size_t index = sayings->names.count > 0 ? name_set_find(&sayings->names, name) : NAME_SET_NONE;

    for (size_t at = index != NAME_SET_NONE ? sayings->first[index] : 0; at != 0;
         at = sayings->items[at - 1].next)
        if (syscall_region_is_everything(&sayings->items[at - 1].region))
            return true;
    return false;
}

int syscall_sayings_of_filter(const struct spec_seccomp *filter, const char *where,
                              struct syscall_sayings *sayings, struct syscall_answer *unknown,
                              struct error *error)
{
    const struct spec_seccomp_rule *rules = filter->rules.items;

    if (!syscall_answer_parse(filter->default_action, filter->has_default_errno_return,
                              filter->default_errno_return, unknown))
        return error_set(error, ERROR_INVALID, "%s: defaultAction \"%s\" is no action, or has no errno",
                         where, filter->default_action != NULL ? filter->default_action : "");
    for (size_t i = 0; i < filter->rules.count; i++) {
        struct syscall_answer answer;
        struct syscall_region region;

        if (!syscall_answer_parse(rules[i].action, rules[i].has_errno_return, rules[i].errno_return, &answer))
            return error_set(error, ERROR_INVALID, "%s:%u: \"%s\" is no action, or has no errno", where,
                             rules[i].origin.line, rules[i].action != NULL ? rules[i].action : "");
        if (!syscall_region_of_rule(&rules[i], sayings->arena, &region))
            return error_set(error, ERROR_INVALID, "%s:%u: conditions on %s cannot be read", where,
                             rules[i].origin.line,
                             rules[i].names.count > 0 ? rules[i].names.items[0] : "a call");
        for (size_t n = 0; n < rules[i].names.count; n++) {
            const char *name = rules[i].names.items[n];

            if (rules[i].arguments.count > 0 || !is_decided(sayings, name))
                syscall_sayings_add(sayings, name, region, answer, 0);
        }
    }
    return 0;
}
