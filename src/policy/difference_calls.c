/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two filters, by what they answer to each call that either of them names. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "policy/difference.h"
#include "policy/words.h"

enum { ANSWER_BYTES_MAX = 1024 * 1024 };

/* From what lets most through to what lets nothing through. */
static const struct {
    const char *action, *word;
} strictness[] = {
    {"SCMP_ACT_ALLOW", "allowed"},
    {"SCMP_ACT_LOG", "logged"},
    {"SCMP_ACT_TRACE", "traced"},
    {"SCMP_ACT_NOTIFY", "notified"},
    {"SCMP_ACT_ERRNO", "errno"},
    {"SCMP_ACT_TRAP", "trapped"},
    {"SCMP_ACT_KILL_THREAD", "kills the thread"},
    {"SCMP_ACT_KILL", "kills the thread"},
    {"SCMP_ACT_KILL_PROCESS", "kills the process"},
};

static size_t rank_of(const char *action)
{
    for (size_t i = 0; i < ARRAY_LENGTH(strictness); i++)
        if (strcmp(strictness[i].action, action) == 0)
            return i;
    return ARRAY_LENGTH(strictness);
}

struct answer {
    const char *words;
    size_t rank;      /* of the most that is let through under some condition */
    bool conditional; /* it depends on arguments */
};

static void append_action(struct text *text, const char *action, bool has_errno, uint32_t number)
{
    size_t rank = rank_of(action);

    if (strcmp(action, "SCMP_ACT_ERRNO") == 0) {
        const char *name = policy_errno_name((uint16_t)(has_errno ? number : 1));

        text_append(text, name != NULL ? name : "errno");
    } else {
        text_append(text, rank < ARRAY_LENGTH(strictness) ? strictness[rank].word : action);
    }
}

static bool names_call(const struct spec_seccomp_rule *rule, const char *call)
{
    for (size_t i = 0; i < rule->names.count; i++)
        if (strcmp(rule->names.items[i], call) == 0)
            return true;
    return false;
}

static void append_condition(struct text *text, const struct spec_seccomp_rule *rule)
{
    const struct spec_seccomp_argument *arguments = SPEC_ITEMS(rule->arguments, struct spec_seccomp_argument);

    text_append(text, " if");
    for (size_t i = 0; i < rule->arguments.count; i++) {
        const char *name = arguments[i].operator_name;

        text_append_format(text, "%s argument %u %s 0x%llx", i > 0 ? " and" : "", arguments[i].index,
                           text_starts_with(name, "SCMP_CMP_") ? name + strlen("SCMP_CMP_") : name,
                           (unsigned long long)arguments[i].value);
        if (strcmp(name, "SCMP_CMP_MASKED_EQ") == 0)
            text_append_format(text, " is 0x%llx", (unsigned long long)arguments[i].value_two);
    }
}

static struct answer default_answer(const struct spec_seccomp *filter, struct arena *arena)
{
    char buffer[64];
    struct text text = text_over(buffer, sizeof(buffer));

    if (filter == NULL)
        return (struct answer){.words = "allowed"};
    append_action(&text, filter->default_action, filter->has_default_errno_return,
                  filter->default_errno_return);
    return (struct answer){arena_string(arena, buffer), rank_of(filter->default_action), false};
}

static struct answer answer_of(const struct spec_seccomp *filter, const char *call, struct arena *arena)
{
    struct answer otherwise = default_answer(filter, arena), answer = otherwise;
    cleanup_text struct text text = text_growing(ANSWER_BYTES_MAX);
    bool found = false;

    for (size_t i = 0; filter != NULL && i < filter->rules.count; i++) {
        const struct spec_seccomp_rule *rule = &SPEC_ITEMS(filter->rules, struct spec_seccomp_rule)[i];
        size_t rank;

        if (!names_call(rule, call))
            continue;
        rank = rank_of(rule->action);
        text_append(&text, found ? "; " : "");
        append_action(&text, rule->action, rule->has_errno_return, rule->errno_return);
        if (rule->arguments.count > 0) {
            append_condition(&text, rule);
            answer.conditional = true;
        }
        answer.rank = !found && rule->arguments.count == 0 ? rank : rank < answer.rank ? rank : answer.rank;
        found = true;
    }
    if (!found)
        return otherwise;
    answer.words = arena_string(arena, text.bytes);
    return answer;
}

/* ---- all calls ---- */

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static size_t gather(const struct spec_seccomp *filter, const char **names, size_t count)
{
    for (size_t i = 0; filter != NULL && i < filter->rules.count; i++) {
        const struct spec_seccomp_rule *rule = &SPEC_ITEMS(filter->rules, struct spec_seccomp_rule)[i];

        for (size_t k = 0; k < rule->names.count; k++)
            if (names != NULL)
                names[count++] = rule->names.items[k];
            else
                count++;
    }
    return count;
}

/* The calls of which both filters say the same two things, in one line. */
struct call_list {
    const char *granted, *bound;
    struct text calls;
};

struct call_lists {
    struct call_list *items;
    size_t count, capacity;
    struct arena *arena;
};

static void put(struct call_lists *groups, const char *call, const struct answer *ours,
                const struct answer *theirs)
{
    struct call_list *group = NULL;

    for (size_t i = 0; i < groups->count && group == NULL; i++)
        if (strcmp(groups->items[i].granted, ours->words) == 0 &&
            strcmp(groups->items[i].bound, theirs->words) == 0)
            group = &groups->items[i];
    if (group == NULL) {
        if (groups->count == groups->capacity) {
            struct call_list *items = arena_array(groups->arena, groups->capacity * 2 + 8, sizeof(*items));

            if (groups->count > 0)
                memcpy(items, groups->items, groups->count * sizeof(*items));
            groups->items = items;
            groups->capacity = groups->capacity * 2 + 8;
        }
        group = &groups->items[groups->count++];
        *group = (struct call_list){ours->words, theirs->words, text_growing(ANSWER_BYTES_MAX)};
    }
    text_append_format(&group->calls, "%s%s", group->calls.length > 0 ? ", " : "", call);
}

/* More is let through, or it depends on arguments in another way (then it is told in both directions). */
static bool grants_more(const struct answer *ours, const struct answer *theirs)
{
    if (strcmp(ours->words, theirs->words) == 0)
        return false;
    return ours->conditional && theirs->conditional
               ? true
               : ours->rank < theirs->rank || (ours->rank == theirs->rank && theirs->conditional);
}

void policy_difference_of_calls(const struct spec_seccomp *one, const struct spec_seccomp *other,
                                struct arena *arena, struct policy_differences *differences)
{
    size_t count = gather(other, NULL, gather(one, NULL, 0));
    const char **names = arena_array(arena, count, sizeof(*names));
    struct call_lists groups = {.arena = arena};
    struct answer ours = default_answer(one, arena), theirs = default_answer(other, arena);

    gather(other, names, gather(one, names, 0));
    if (count > 1)
        qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        struct answer our_answer, their_answer;

        if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
            continue;
        our_answer = answer_of(one, names[i], arena);
        their_answer = answer_of(other, names[i], arena);
        if (grants_more(&our_answer, &their_answer))
            put(&groups, names[i], &our_answer, &their_answer);
    }
    if (grants_more(&ours, &theirs))
        put(&groups, "all others", &ours, &theirs);
    for (size_t i = 0; i < groups.count; i++) {
        struct call_list *group = &groups.items[i];

        policy_difference_add(
            differences, arena,
            (struct policy_difference){
                .id = "TW0801",
                .key = "syscalls",
                .granted = arena_format(arena, "%s: %s", group->calls.bytes, group->granted),
                .bound = group->bound,
            });
        text_free(&group->calls);
    }
}
