/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From decisions to a filter of OCI's; see syscall_answers.h. */
#include <string.h>
#include "base/memory.h"
#include "policy/syscall_answers.h"

static const char *action_name(enum syscall_verdict verdict)
{
    static const char *const names[] = {
        [SYSCALL_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
        [SYSCALL_KILL_THREAD] = "SCMP_ACT_KILL_THREAD",
        [SYSCALL_TRAP] = "SCMP_ACT_TRAP",
        [SYSCALL_ERRNO] = "SCMP_ACT_ERRNO",
        [SYSCALL_NOTIFY] = "SCMP_ACT_NOTIFY",
        [SYSCALL_TRACE] = "SCMP_ACT_TRACE",
        [SYSCALL_LOG] = "SCMP_ACT_LOG",
        [SYSCALL_ALLOW] = "SCMP_ACT_ALLOW",
    };

    return names[verdict];
}

static struct spec_seccomp_rule *add_rule(struct syscall_writer *writer, struct syscall_answer answer)
{
    struct spec_seccomp_rule *rule;

    if (writer->rule_count == writer->rule_capacity) {
        size_t capacity = writer->rule_capacity * 2 + 16;
        struct spec_seccomp_rule *rules = arena_array(writer->arena, capacity, sizeof(*rules));

        if (writer->rule_count > 0)
            memcpy(rules, writer->rules, writer->rule_count * sizeof(*rules));
        writer->rules = rules;
        writer->rule_capacity = capacity;
    }
    rule = &writer->rules[writer->rule_count++];
    *rule = (struct spec_seccomp_rule){.action = action_name(answer.verdict), .names = {.present = true}};
    if (answer.verdict == SYSCALL_ERRNO || answer.verdict == SYSCALL_TRACE) {
        rule->has_errno_return = true;
        rule->errno_return = answer.data;
    }
    return rule;
}

/* Calls without conditions share one rule for each answer. */
static void add_plain(struct syscall_writer *writer, const char *name, struct syscall_answer answer)
{
    struct spec_seccomp_rule *rule;
    size_t at = 0;

    if (syscall_answer_same(answer, writer->unknown))
        return;
    while (at < writer->plain_count && !syscall_answer_same(writer->plain[at].answer, answer))
        at++;
    if (at == ARRAY_LENGTH(writer->plain)) {
        const char **alone = arena_array(writer->arena, 1, sizeof(*alone));

        alone[0] = name;
        add_rule(writer, answer)->names = (struct json_strings){alone, 1, true};
        return;
    }
    if (at == writer->plain_count) {
        (void)add_rule(writer, answer);
        writer->plain[at].answer = answer;
        writer->plain[at].rule = writer->rule_count - 1;
        writer->plain[at].name_capacity = 0;
        writer->plain_count++;
    }
    rule = &writer->rules[writer->plain[at].rule];
    if (rule->names.count == writer->plain[at].name_capacity) {
        size_t capacity = writer->plain[at].name_capacity * 2 + 32;
        const char **names = arena_array(writer->arena, capacity, sizeof(*names));

        if (rule->names.count > 0)
            memcpy(names, rule->names.items, rule->names.count * sizeof(*names));
        rule->names.items = names;
        writer->plain[at].name_capacity = capacity;
    }
    rule->names.items[rule->names.count++] = name;
}

static bool add_region(struct syscall_writer *writer, const char *name, const struct syscall_region *region,
                       struct syscall_answer answer)
{
    size_t count;
    const struct json_structs *arguments;
    const char **names;

    if (region->count == 0 || syscall_answer_same(answer, writer->unknown))
        return true;
    names = arena_array(writer->arena, 1, sizeof(*names));
    names[0] = name;
    arguments = syscall_region_rules(region, writer->arena, &count);
    for (size_t i = 0; arguments != NULL && i < count; i++) {
        struct spec_seccomp_rule *rule = add_rule(writer, answer);

        rule->names = (struct json_strings){.items = names, .count = 1, .present = true};
        rule->arguments = arguments[i];
    }
    return arguments != NULL;
}

void syscall_writer_rule(struct syscall_writer *writer, const char **name,
                         const struct spec_seccomp_argument *arguments, size_t count,
                         struct syscall_answer answer)
{
    struct spec_seccomp_rule *rule = add_rule(writer, answer);
    struct spec_seccomp_argument *copy = arena_array(writer->arena, count, sizeof(*copy));

    if (count > 0)
        memcpy(copy, arguments, count * sizeof(*copy));
    rule->names = (struct json_strings){.items = name, .count = 1, .present = true};
    rule->arguments = (struct json_structs){.items = copy, .count = count, .present = count > 0};
}

bool syscall_writer_add(struct syscall_writer *writer, const char *name,
                        const struct syscall_decision *decision)
{
    struct syscall_region left = syscall_region_everything;

    writer->last_unsaid =
        decision->piece_count == 0 && syscall_answer_same(decision->otherwise, writer->unknown);
    if (decision->piece_count == 0) {
        add_plain(writer, name, decision->otherwise);
        return true;
    }
    for (size_t i = 0; i < decision->piece_count; i++) {
        if (!add_region(writer, name, &decision->pieces[i].region, decision->pieces[i].answer))
            return false;
        if (!syscall_answer_same(decision->otherwise, writer->unknown) &&
            !syscall_region_without(&left, &decision->pieces[i].region, writer->arena, &left))
            return false;
    }
    /* What is left and is not what the default answers is said, too. */
    return add_region(writer, name, &left, decision->otherwise);
}

void syscall_writer_name_newest(struct syscall_writer *writer, const char *name)
{
    const char **names = arena_array(writer->arena, 1, sizeof(*names));

    if (!writer->errno_unsaid || !writer->last_unsaid)
        return;
    names[0] = name;
    add_rule(writer, writer->unknown)->names = (struct json_strings){names, 1, true};
}

struct spec_seccomp *syscall_writer_finish(const struct syscall_writer *writer)
{
    struct spec_seccomp *filter = arena_allocate(writer->arena, sizeof(*filter));
    bool has_data = writer->unknown.verdict == SYSCALL_ERRNO || writer->unknown.verdict == SYSCALL_TRACE;

    filter->default_action = action_name(writer->unknown.verdict);
    filter->has_default_errno_return = has_data && !writer->errno_unsaid;
    filter->default_errno_return = filter->has_default_errno_return ? writer->unknown.data : 0;
    filter->rules =
        (struct json_structs){.items = writer->rules, .count = writer->rule_count, .present = true};
    return filter;
}
