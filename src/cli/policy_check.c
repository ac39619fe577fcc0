/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy check, lint: all mistakes of all files, and advice. */
#include <string.h>
#include "cli/policy_decision.h"
#include "policy/resolve.h"

enum { STATUS_ADVICE = 1, STATUS_INVALID = 2 };

struct check_options {
    const char *format;
    bool strict;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"format", 0, OPTION_WORD, offsetof(struct check_options, format), "FORMAT", "text (default) or json",
     .words = formats},
    {"strict", 0, OPTION_FLAG, offsetof(struct check_options, strict), NULL,
     "advice fails the check as well (status 1)"},
};

struct checked {
    const char *file;
    const struct policy *policy; /* NULL: it is none */
    struct policy_problems problems;
    const char
        *failure; /* what no line of it is to blame for: it cannot be read, it extends what does not exist */
};

/* What a file means depends on others: those that it extends. */
static void check_extended(const struct invocation *invocation, struct checked *checked)
{
    const struct json_strings words = {.items = &checked->file, .count = 1, .present = true};
    struct policy_set set;
    struct error error;

    if (checked->policy->extends.count > 0 && policy_set_of(invocation, &words, &set, &error) != 0) {
        checked->failure = arena_string(invocation->arena, error.message);
        checked->policy = NULL;
    }
}

static void check_file(const struct invocation *invocation, struct checked *checked)
{
    struct error error;

    if (policies_read_file(checked->file, invocation->arena, &checked->problems, &checked->policy, &error) !=
        0) {
        checked->policy = NULL;
        if (checked->problems.count == 0)
            checked->failure = arena_string(invocation->arena, error.message);
        return;
    }
    check_extended(invocation, checked);
    if (checked->policy != NULL)
        policy_lint(checked->policy, invocation->arena, &checked->problems);
}

/* ---- output ---- */

static void append_text(struct text *text, const struct checked *checked)
{
    for (size_t i = 0; i < checked->problems.count; i++) {
        const struct policy_problem *problem = &checked->problems.items[i];

        text_append_format(text, "%s:%u:%u: %s%s%s%s", problem->file, problem->line, problem->column,
                           problem->advice != NULL ? "advice: " : "",
                           problem->pointer != NULL ? problem->pointer : "",
                           problem->pointer != NULL && *problem->pointer != '\0' ? ": " : "", problem->text);
        if (problem->advice != NULL)
            text_append_format(text, " [%s]", problem->advice);
        text_append(text, "\n");
    }
    if (checked->failure != NULL)
        text_append_format(text, "%s\n", checked->failure);
    if (checked->policy != NULL)
        text_append_format(text, "%s: policy %s is valid%s\n", checked->file, checked->policy->name,
                           checked->problems.count > 0 ? ", with advice" : "");
}

static void append_problem(struct text *text, const struct policy_problem *problem)
{
    text_append_format(text, "{\"kind\":\"%s\",\"line\":%u,\"column\":%u,\"pointer\":",
                       problem->advice != NULL ? "advice" : "mistake", problem->line, problem->column);
    json_append_string(text, problem->pointer != NULL ? problem->pointer : "");
    text_append(text, ",\"text\":");
    json_append_string(text, problem->text);
    if (problem->advice != NULL) {
        text_append(text, ",\"advice\":");
        json_append_string(text, problem->advice);
    }
    text_append(text, "}");
}

static void append_json(struct text *text, const struct checked *checked)
{
    text_append(text, "{\"file\":");
    json_append_string(text, checked->file);
    text_append_format(text, ",\"valid\":%s", checked->policy != NULL ? "true" : "false");
    if (checked->policy != NULL) {
        text_append(text, ",\"name\":");
        json_append_string(text, checked->policy->name);
    }
    if (checked->failure != NULL) {
        text_append(text, ",\"failure\":");
        json_append_string(text, checked->failure);
    }
    text_append(text, ",\"problems\":[");
    for (size_t i = 0; i < checked->problems.count; i++) {
        text_append(text, i > 0 ? "," : "");
        append_problem(text, &checked->problems.items[i]);
    }
    text_append(text, "]}");
}

static int run_with(const struct invocation *invocation, bool strict, int *status, struct error *error)
{
    const struct check_options *options = invocation->options;
    const bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    if (json)
        text_append(&text, "{\"thwart\":1,\"files\":[");
    for (size_t i = 0; i < invocation->word_count; i++) {
        struct checked checked = {.file = invocation->words[i]};

        check_file(invocation, &checked);
        if (checked.policy == NULL)
            *status = STATUS_INVALID;
        else if (strict && checked.problems.count > 0 && *status == 0)
            *status = STATUS_ADVICE;
        if (json)
            text_append(&text, i > 0 ? "," : "");
        if (json)
            append_json(&text, &checked);
        else
            append_text(&text, &checked);
    }
    if (json)
        text_append(&text, "]}\n");
    return command_print(&text, error);
}

static int run_check(const struct invocation *invocation, int *status, struct error *error)
{
    const struct check_options *options = invocation->options;

    return run_with(invocation, options->strict, status, error);
}

static int run_lint(const struct invocation *invocation, int *status, struct error *error)
{
    return run_with(invocation, true, status, error);
}

const struct command policy_command_check = {
    .name = "policy check",
    .words = "FILE...",
    .summary = "find all mistakes in policy files, and give advice",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct check_options),
    .run = run_check,
};

const struct command policy_command_lint = {
    .name = "policy lint",
    .words = "FILE...",
    .summary = "the same as check --strict",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options = {.rows = rows, .count = 1},
    .options_size = sizeof(struct check_options),
    .run = run_lint,
};
