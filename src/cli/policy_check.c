/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy check, lint: all mistakes of all files, and advice. Of policies, waivers and thwart.json. */
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
    const char *name;
    bool valid;
    struct policies_file file;
    struct policy_problems problems;
    /* What no line of it is to blame for: it cannot be read, it extends what does not exist. */
    const char *failure;
};

struct checking {
    const struct invocation *invocation;
    struct checked *items; /* one for each word */
    size_t count;
};

/* The checked file that a name stands for; NULL: none. Two of one name: the first. */
static const struct checked *find_checked(const struct checking *checking, const char *name)
{
    for (size_t i = 0; i < checking->count; i++)
        if (checking->items[i].file.policy != NULL && strcmp(checking->items[i].file.policy->name, name) == 0)
            return &checking->items[i];
    return NULL;
}

static bool holds(const struct json_strings *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i], name) == 0)
            return true;
    return false;
}

/* Files that are checked together are installed together: add those that `checked` extends, and so on. */
static void add_extended(const struct checking *checking, const struct checked *checked,
                         struct json_strings *files)
{
    files->items[files->count++] = checked->name;
    for (size_t i = 0; i < checked->file.policy->extends.count; i++) {
        const struct checked *extended = find_checked(checking, checked->file.policy->extends.items[i].text);

        if (extended != NULL && extended != checked && !holds(files, extended->name))
            add_extended(checking, extended, files);
    }
}

/* What a file means depends on others: those that it extends. */
static void check_extended(const struct checking *checking, struct checked *checked)
{
    struct json_strings files = {
        .items = arena_array(checking->invocation->arena, checking->count + 1, sizeof(*files.items)),
        .present = true};
    struct policy_set set;
    struct error error;

    add_extended(checking, checked, &files);
    if (files.count == 1 && checked->file.policy->extends.count == 0)
        return;
    if (policy_set_of(checking->invocation, &files, &set, &error) != 0) {
        checked->failure = arena_string(checking->invocation->arena, error.message);
        checked->valid = false;
    }
}

static void read_checked(const struct checking *checking, struct checked *checked)
{
    struct error error;

    checked->valid = policies_read_file(checked->name, checking->invocation->arena, &checked->problems,
                                        &checked->file, &error) == 0;
    /* What no create would take is not fine, either. */
    if (checked->valid && checked->file.kind != POLICIES_FILE_CONFIGURATION)
        checked->valid = policies_check_signature(&checking->invocation->runtime->policies, checked->name,
                                                  checking->invocation->arena, &error) == 0;
    if (!checked->valid && checked->problems.count == 0)
        checked->failure = arena_string(checking->invocation->arena, error.message);
}

static void check_policy(const struct checking *checking, struct checked *checked)
{
    if (checked->file.policy == NULL)
        return;
    check_extended(checking, checked);
    if (!checked->valid)
        return;
    policy_lint(checked->file.policy, checking->invocation->arena, &checked->problems);
    for (size_t i = 0; i < checked->problems.count; i++)
        checked->valid &= checked->problems.items[i].advice != NULL;
}

/* ---- output ---- */

static void append_verdict(struct text *text, const struct checked *checked)
{
    text_append_format(text, "%s: ", checked->name);
    switch (checked->file.kind) {
    case POLICIES_FILE_POLICY:
        text_append_format(text, "policy %s is valid%s", checked->file.policy->name,
                           checked->problems.count > 0 ? ", with advice" : "");
        break;
    case POLICIES_FILE_WAIVERS:
        text_append_format(text, "%zu waiver%s, valid", checked->file.waiver_count,
                           checked->file.waiver_count == 1 ? "" : "s");
        break;
    case POLICIES_FILE_CONFIGURATION:
        text_append(text, "a valid thwart.json");
        break;
    }
    text_append(text, "\n");
}

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
    if (checked->valid)
        append_verdict(text, checked);
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
    static const char *const kinds[] = {[POLICIES_FILE_POLICY] = "policy",
                                        [POLICIES_FILE_WAIVERS] = "waivers",
                                        [POLICIES_FILE_CONFIGURATION] = "configuration"};

    text_append(text, "{\"file\":");
    json_append_string(text, checked->name);
    text_append_format(text, ",\"kind\":\"%s\",\"valid\":%s", kinds[checked->file.kind],
                       checked->valid ? "true" : "false");
    if (checked->file.policy != NULL) {
        text_append(text, ",\"name\":");
        json_append_string(text, checked->file.policy->name);
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
    struct checking checking = {
        .invocation = invocation,
        .items = arena_array(invocation->arena, invocation->word_count, sizeof(*checking.items)),
        .count = invocation->word_count};
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    for (size_t i = 0; i < checking.count; i++) {
        checking.items[i].name = invocation->words[i];
        read_checked(&checking, &checking.items[i]);
    }
    if (json)
        text_append(&text, "{\"thwart\":1,\"files\":[");
    for (size_t i = 0; i < checking.count; i++) {
        struct checked *checked = &checking.items[i];

        check_policy(&checking, checked);
        if (!checked->valid)
            *status = STATUS_INVALID;
        else if (strict && checked->problems.count > 0 && *status == 0)
            *status = STATUS_ADVICE;
        if (json)
            text_append(&text, i > 0 ? "," : "");
        if (json)
            append_json(&text, checked);
        else
            append_text(&text, checked);
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
