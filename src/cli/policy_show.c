/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy show: the meet of a policy and of what it extends. */
#include <string.h>
#include "cli/policy_decision.h"
#include "policy/bound.h"

struct show_options {
    const char *format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"format", 0, OPTION_WORD, offsetof(struct show_options, format), "FORMAT",
     "text (default: a policy file with comments) or json", .words = formats},
};

/* The policy that was asked for is the one that the others are extended by. */
static const struct policy *shown_policy(const struct policy_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].role == POLICY_ROLE_MANDATORY)
            return set->items[i].policy;
    return set->items[0].policy;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct show_options *options = invocation->options;
    const char *name = invocation->words[0];
    const struct json_strings words = {.items = &name, .count = 1, .present = true};
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct policy_bounds bounds;
    struct policy_set set;

    (void)status;
    if (policy_set_of(invocation, &words, &set, error) != 0 ||
        policy_bounds_of_set(&set, invocation->arena, &bounds, error) != 0)
        return -1;
    if (options->format != NULL && strcmp(options->format, "json") == 0) {
        policy_bounds_encode(&text, &bounds, shown_policy(&set)->name, &set, invocation->arena);
    } else {
        text_append(&text, "// The meet of ");
        for (size_t i = 0; i < set.count; i++)
            text_append_format(&text, "%s%s", i > 0 ? ", " : "", set.items[i].policy->name);
        text_append(&text, ".\n");
        if (policy_bounds_stay_apart(&bounds))
            text_append(
                &text,
                "// Where a line says \"and also\", policies bound one key in ways that no single rule "
                "can say.\n");
        policy_bounds_print(&text, &bounds, shown_policy(&set)->name, shown_policy(&set)->description,
                            invocation->arena);
    }
    return command_print(&text, error);
}

const struct command policy_command_show = {
    .name = "policy show",
    .words = "POLICY",
    .summary = "the meet of a policy and of what it extends, and where each rule comes from",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct show_options),
    .run = run,
};
