/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP 13, one plan at the end: a line for each target, and one for each finding that counts or is waived.
 * Numbers are put in when pieces are joined: all other lines are indented or begin with #. */
#include "check/parts.h"

#include <string.h>
#include "json/table.h"

static void begin(struct text *text, const struct check_run *run)
{
    (void)run;
    text_append(text, "TAP version 13\n");
}

/* "#" begins a directive, a backslash is an escape. */
static void append_description(struct text *text, const char *words)
{
    cleanup_text struct text escaped = text_growing(1024UL * 1024);

    text_append_escaped(&escaped, words, strlen(words));
    for (const char *at = escaped.bytes; *at != '\0'; at++) {
        if (*at == '#')
            text_append_character(text, '\\');
        text_append_character(text, *at);
    }
}

/* YAML takes JSON's strings as they are. */
static void append_yaml(struct text *text, const char *key, const char *value)
{
    text_append_format(text, "  %s: ", key);
    json_append_string(text, value);
    text_append(text, "\n");
}

static void append_place(struct text *text, const struct check_place *place)
{
    if (place->line == 0)
        return;
    append_yaml(text, "file", place->file);
    text_append_format(text, "  line: %u\n  column: %u\n", place->line, place->column);
}

static void append_finding(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;
    cleanup_text struct text message = text_growing(1024UL * 1024);

    if (finding->known || (what->waiver == NULL && !check_finding_counts(run, finding)))
        return;
    check_append_message(&message, finding);
    text_append(text, what->waiver != NULL ? "ok - " : "not ok - ");
    append_description(text, result->name);
    text_append(text, ": ");
    append_description(text, message.bytes);
    if (what->waiver != NULL) {
        text_append(text, " # SKIP waived: ");
        append_description(text, what->waiver);
    }
    text_append(text, "\n  ---\n");
    append_yaml(text, "severity", check_severity_name(finding->severity));
    append_yaml(text, "pointer", what->pointer);
    append_place(text, &finding->place);
    for (size_t i = 0; i < what->source_count; i++) {
        text_append(text, i == 0 ? "  policies:\n" : "");
        text_append(text, "    - ");
        json_append_string(text, what->sources[i].policy);
        text_append(text, "\n");
    }
    if (what->allow != NULL)
        append_yaml(text, "allow", what->allow);
    text_append(text, "  ...\n");
}

static void append_problem(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_problem *problem)
{
    if (problem->known || (problem->advice != NULL && !check_problem_counts(run, problem)))
        return;
    text_append(text, "not ok - ");
    append_description(text, result->name);
    text_append(text, ": ");
    append_description(text, problem->message);
    text_append(text, "\n  ---\n");
    append_yaml(text, "severity", check_severity_name(problem->severity));
    append_place(text, &problem->place);
    text_append(text, "  ...\n");
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    for (size_t i = 0; i < result->problem_count; i++)
        append_problem(text, run, result, &result->problems[i]);
    for (size_t i = 0; i < result->finding_count; i++)
        append_finding(text, run, result, &result->findings[i]);
    if (result->outcome == CHECK_CONFORMS) {
        text_append(text, "ok - ");
        append_description(text, result->name);
        text_append(text, " conforms\n");
    }
}

static void join(struct text *text, const char *piece, size_t length, size_t *joined)
{
    const char *end = piece + length;

    while (piece < end) {
        const char *newline = memchr(piece, '\n', (size_t)(end - piece));
        const char *next = newline != NULL ? newline + 1 : end;
        const char *word = strncmp(piece, "ok - ", 5) == 0       ? "ok"
                           : strncmp(piece, "not ok - ", 9) == 0 ? "not ok"
                                                                 : "";

        if (*word != '\0')
            text_append_format(text, "%s %zu", word, ++*joined);
        piece += strlen(word);
        text_append_bytes(text, piece, (size_t)(next - piece));
        piece = next;
    }
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)totals;
    text_append_format(text, "1..%zu\n", joined);
}

const struct check_format check_format_tap = {
    .name = "tap", .begin = begin, .result = append_result, .join = join, .end = end};
