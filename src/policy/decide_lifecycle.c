/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lifecycle: which commands are obeyed for a container that runs.
 *
 * {"commands": [patterns]} of exec: a pattern's first word is matched against the program as it was named,
 * the others each against one word of it. A pattern of one word says nothing of the words, a last "**" stands
 * for any rest. Word by word, because words joined by blanks can be forged: ["ls", "-l /etc"] is not ["ls",
 * "-l",
 * "/etc"].
 */
#include "policy/decide_parts.h"

#include <string.h>
#include "base/glob.h"

static const struct {
    const char *rule, *key, *name;
} commands[] = {
    [DECIDER_EXEC] = {"TW1401", "exec", "exec into this container is refused"},
    [DECIDER_UPDATE] = {"TW1402", "update", "update of this container is refused"},
    [DECIDER_CHECKPOINT] = {"TW1403", "checkpoint", "checkpoint of this container is refused"},
};

/* A program's name without a slash is looked up in the container's PATH, so it can be matched only as it is;
 * with one it must lead where it says. */
static bool is_plain_program(const char *program)
{
    return strchr(program, '/') == NULL || decide_path_is_plain(program);
}

static bool pattern_allows(struct decider *decider, const char *pattern, const struct json_strings *words)
{
    size_t index = 0;

    for (const char *at = pattern + strspn(pattern, " ");;) {
        size_t length = strcspn(at, " ");
        const char *part = arena_copy(decider->arena, at, length);

        at += length + strspn(at + length, " ");
        if (index > 0 && *at == '\0' && strcmp(part, "**") == 0)
            return true;
        if (index >= words->count || !glob_matches(part, words->items[index], index == 0 ? '/' : 0))
            return false;
        index++;
        if (*at == '\0')
            return index == 1 || index == words->count;
    }
}

static bool has_entry(const struct spec_process *process, const char *entry)
{
    for (size_t i = 0; process != NULL && i < process->environment.count; i++)
        if (strcmp(process->environment.items[i], entry) == 0)
            return true;
    return false;
}

/* A listed program is another one with a PATH of the caller's, and runs the caller's code with LD_PRELOAD:
 * what steers the choice of program and libraries has to be as in the container. */
static bool is_steered(const struct decider *decider)
{
    const struct json_strings *environment = &decider->process->environment;
    bool searched = strchr(decider->process->args.items[0], '/') == NULL;

    for (size_t i = 0; i < environment->count; i++) {
        const char *entry = environment->items[i];

        if ((text_starts_with(entry, "LD_") || (searched && text_starts_with(entry, "PATH="))) &&
            !has_entry(decide_container_process(decider), entry))
            return true;
    }
    return false;
}

static bool is_listed(struct decider *decider, const struct policy_command *command)
{
    const struct json_strings *words = &decider->process->args;

    if (words->count == 0 || !is_plain_program(words->items[0]) || is_steered(decider))
        return false;
    for (size_t i = 0; i < command->commands.count; i++)
        if (pattern_allows(decider, command->commands.items[i].text, words))
            return true;
    return false;
}

/* Only the program is shown: words may hold what is not for logs. */
static const char *program_of(const struct decider *decider, enum decider_command command)
{
    const struct spec_process *process = decider->process;

    return command == DECIDER_EXEC && process != NULL && process->args.count > 0 ? process->args.items[0]
                                                                                 : "";
}

void decide_lifecycle(struct decider *decider, const struct policy *policy, enum decider_command command)
{
    const struct policy_command *const rules[] = {
        [DECIDER_EXEC] = &policy->lifecycle.exec,
        [DECIDER_UPDATE] = &policy->lifecycle.update,
        [DECIDER_CHECKPOINT] = &policy->lifecycle.checkpoint,
    };
    const struct policy_command *rule = rules[command];
    const char *program = program_of(decider, command);
    struct policy_finding finding = {
        .rule = commands[command].rule,
        .pointer = command == DECIDER_EXEC ? "/args" : "",
        .requested = program,
    };

    if (!rule->rule.present || rule->verdict == POLICY_COMMAND_ALLOW)
        return;
    if (rule->verdict == POLICY_COMMAND_LISTED) {
        if (command == DECIDER_EXEC && decider->process != NULL && is_listed(decider, rule))
            return;
        finding.reason =
            arena_format(decider->arena, "%s: %s is none of the commands that lifecycle.%s lists",
                         commands[command].name, *program != '\0' ? program : "it", commands[command].key);
    } else {
        finding.reason = arena_format(decider->arena, "%s: lifecycle.%s is \"deny\"", commands[command].name,
                                      commands[command].key);
    }
    decider_refuse(decider, &rule->rule, &finding);
}
