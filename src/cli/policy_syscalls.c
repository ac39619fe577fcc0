/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy syscalls: the groups of system calls, and what they and policies come to. */
#include <string.h>
#include "cli/policy_decision.h"
#include "cli/wrap.h"
#include "policy/syscalls.h"

struct syscalls_options {
    const char *format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"format", 0, OPTION_WORD, offsetof(struct syscalls_options, format), "FORMAT", "text (default) or json",
     .words = formats},
};

static const char *joined(const char *const *words, size_t count, struct arena *arena)
{
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    for (size_t i = 0; i < count; i++)
        text_append_format(&text, "%s%s", i > 0 ? " " : "", words[i]);
    return arena_string(arena, text.length > 0 ? text.bytes : "");
}

static void append_words(struct text *text, const char *key, const char *const *words, size_t count)
{
    text_append_format(text, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        text_append(text, i > 0 ? "," : "");
        json_append_string(text, words[i]);
    }
    text_append(text, "]");
}

static void append_group_json(struct text *text, const struct syscall_group *group)
{
    text_append_format(text, "{\"name\":\"@%s\",\"version\":%u,\"description\":", group->name,
                       group->version);
    json_append_string(text, group->description);
    append_words(text, "members", group->members, group->member_count);
    append_words(text, "calls", group->calls, group->call_count);
    text_append_format(text, ",\"conditional\":%s}", group->rules != NULL ? "true" : "false");
}

static void append_group(struct text *text, const struct syscall_group *group, struct arena *arena)
{
    text_append_format(text, "@%s (version %u, %zu calls)\n", group->name, group->version, group->call_count);
    wrap_append(text, "  ", group->description, EXPLAIN_WIDTH);
    wrap_append(text, "  written: ", joined(group->members, group->member_count, arena), EXPLAIN_WIDTH);
    wrap_append(text, "  calls:   ", joined(group->calls, group->call_count, arena), EXPLAIN_WIDTH);
    if (group->rules != NULL)
        wrap_append(
            text, "  ",
            "Some of them depend on the granted capabilities, the kernel's version and the architecture: "
            "thwart policy seccomp shows them for one policy.",
            EXPLAIN_WIDTH);
}

static int print_groups(const struct invocation *invocation, bool json, struct text *text,
                        struct error *error)
{
    size_t count;
    const char *const *names = syscall_group_names(invocation->arena, &count);

    text_append(text, json ? "[" : "");
    for (size_t i = 0; i < count; i++) {
        const struct syscall_group *group;
        char label[40];

        if (syscall_group_find(names[i], invocation->arena, &group, error) != 0)
            return -1;
        if (json) {
            text_append(text, i > 0 ? "," : "");
            append_group_json(text, group);
        } else if (text_print(label, sizeof(label), "@%-17s %4zu  ", group->name, group->call_count) == 0) {
            wrap_append(text, label, group->description, EXPLAIN_WIDTH);
        }
    }
    text_append(text, json ? "]\n" : "");
    return 0;
}

/* ---- what a policy lists ---- */

static void append_entry(struct text *text, const struct policy_syscall *entry)
{
    text_append(text, entry->name);
    if (entry->when_count + entry->unless_count > 0)
        text_append(text, " (some arguments)");
}

static void append_list(struct text *text, const char *label, const struct policy_syscall *entries,
                        size_t count)
{
    cleanup_text struct text line = text_growing(POLICY_OUTPUT_BYTES_MAX);

    for (size_t i = 0; i < count; i++) {
        text_append(&line, i > 0 ? ", " : "");
        append_entry(&line, &entries[i]);
    }
    if (count > 0)
        wrap_append(text, label, line.bytes, EXPLAIN_WIDTH);
}

static int print_policy(const struct invocation *invocation, const char *word, bool json, struct text *text,
                        struct error *error)
{
    const struct json_strings words = {.items = &word, .count = 1, .present = true};
    struct policy_set set;
    struct policy_host host;

    if (policy_set_of(invocation, &words, &set, error) != 0 ||
        policy_host_of(invocation, NULL, &host, error) != 0)
        return -1;
    text_append(text, json ? "[" : "");
    for (size_t i = 0; i < set.count; i++) {
        const struct policy *policy = set.items[i].policy;
        const struct syscall_circumstances circumstances = {.capabilities = UINT64_MAX,
                                                            .kernel_major = host.kernel_major,
                                                            .kernel_minor = host.kernel_minor,
                                                            .architecture = host.architecture};
        struct syscall_filters filters;

        if (policy_syscall_filters(policy, &circumstances, invocation->arena, &filters, error) != 0)
            return -1;
        if (json) {
            text_append_format(text, "%s{\"policy\":", i > 0 ? "," : "");
            json_append_string(text, policy->name);
            text_append_format(text, ",\"filters\":%zu,\"allowed\":%zu,\"refused\":%zu}", filters.count,
                               filters.allowed, filters.refused);
            continue;
        }
        text_append_format(text, "%s (%s): ", policy->name, policy->file);
        if (filters.count == 0)
            text_append(text, "bounds no system call\n");
        else
            text_append_format(text, "%zu calls allowed, %zu refused\n", filters.allowed, filters.refused);
        append_list(text, "  allow  ", policy->syscalls.allow, policy->syscalls.allow_count);
        append_list(text, "  deny   ", policy->syscalls.deny, policy->syscalls.deny_count);
    }
    text_append(text, json ? "]\n" : "");
    return 0;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct syscalls_options *options = invocation->options;
    const bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    const char *word = invocation->word_count > 0 ? invocation->words[0] : NULL;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    const struct syscall_group *group;

    (void)status;
    if (word == NULL) {
        if (print_groups(invocation, json, &text, error) != 0)
            return -1;
    } else if (word[0] == '@') {
        if (syscall_group_find(word, invocation->arena, &group, error) != 0)
            return -1;
        if (json) {
            append_group_json(&text, group);
            text_append(&text, "\n");
        } else {
            append_group(&text, group, invocation->arena);
        }
    } else if (print_policy(invocation, word, json, &text, error) != 0) {
        return -1;
    }
    return command_print(&text, error);
}

const struct command policy_command_syscalls = {
    .name = "policy syscalls",
    .words = "[@GROUP|POLICY]",
    .summary = "the groups of system calls, one of them, or what a policy makes of them",
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct syscalls_options),
    .run = run,
};
