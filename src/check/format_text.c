/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For people: FILE:LINE:COLUMN: SEVERITY: what, the line, and how to mend it. */
#include "check/parts.h"

#include <string.h>

enum { EXCERPT_BYTES_MAX = 100, EXCERPT_BEFORE = 30 };

static const char *colour_of(enum check_severity severity)
{
    static const char *const colours[] = {
        [CHECK_NOTE] = "\033[36m", [CHECK_WARNING] = "\033[33m", [CHECK_ERROR] = "\033[31m"};

    return colours[severity];
}

static void append_where(struct text *text, const char *file, uint32_t line, uint32_t column)
{
    text_append_escaped(text, file, strlen(file));
    if (line > 0)
        text_append_format(text, ":%u:%u", line, column);
}

static void append_place(struct text *text, const struct check_place *place, const char *otherwise)
{
    append_where(text, place->file != NULL ? place->file : otherwise, place->line, place->column);
    text_append(text, ": ");
}

static void append_severity(struct text *text, const struct check_run *run, enum check_severity severity)
{
    text_append_format(text, "%s%s%s: ", run->colours ? colour_of(severity) : "",
                       check_severity_name(severity), run->colours ? "\033[0m" : "");
}

/* Engines write a configuration as one line: of long ones what is around the token. Tabs are one column. */
static void append_excerpt(struct text *text, const struct check_place *place, const char *line)
{
    size_t length = line != NULL ? strlen(line) : 0, from = 0, shown, column = place->column;
    char number[16];

    if (length == 0 || place->line == 0 || column == 0 || column > length)
        return;
    if (length > EXCERPT_BYTES_MAX && column > EXCERPT_BEFORE)
        from = column - EXCERPT_BEFORE;
    /* Not in the middle of a character. */
    while (from > 0 && ((unsigned char)line[from] & 0xc0) == 0x80)
        from--;
    shown = length - from > EXCERPT_BYTES_MAX ? EXCERPT_BYTES_MAX : length - from;
    while (shown > 0 && from + shown < length && ((unsigned char)line[from + shown] & 0xc0) == 0x80)
        shown--;
    (void)text_print(number, sizeof(number), "%6u", place->line);
    text_append_format(text, "%s | ", number);
    for (size_t i = 0; i < shown; i++)
        text_append_character(
            text, (unsigned char)line[from + i] < 0x20 || line[from + i] == 0x7f ? ' ' : line[from + i]);
    text_append_format(text, "\n%6s | ", "");
    for (size_t i = from + 1; i < column; i++)
        if (((unsigned char)line[i - 1] & 0xc0) != 0x80)
            text_append_character(text, ' ');
    text_append_character(text, '^');
    for (size_t i = column + 1; i < place->end_column && i <= from + shown; i++)
        if (((unsigned char)line[i - 1] & 0xc0) != 0x80)
            text_append_character(text, '~');
    text_append_character(text, '\n');
}

/* Forty devices that one rule refuses are one thing to mend. */
static bool is_same_rule(const struct check_finding *one, const struct check_finding *other)
{
    const struct policy_finding *first = one->finding, *second = other->finding;

    return one->severity == other->severity && strcmp(first->rule, second->rule) == 0 &&
           first->source_count == second->source_count &&
           (first->source_count == 0 || first->sources[0].line == second->sources[0].line) &&
           strcmp(first->allow != NULL ? first->allow : "", second->allow != NULL ? second->allow : "") == 0;
}

static void append_rule(struct text *text, const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;

    for (size_t i = 0; i < what->source_count; i++) {
        text_append_format(text, "       rule: %s (", what->sources[i].policy);
        append_where(text, what->sources[i].file, what->sources[i].line, what->sources[i].column);
        text_append(text, ")\n");
    }
    if (what->allow != NULL && finding->severity != CHECK_NOTE)
        text_append_format(text, "       allow it: %s\n", what->allow);
}

/* next: what is shown behind it; NULL: nothing. */
static void append_finding(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_finding *finding, const struct check_finding *next)
{
    append_place(text, &finding->place, result->name);
    append_severity(text, run, finding->severity);
    check_append_message(text, finding);
    text_append(text, "\n");
    if (next == NULL || !is_same_rule(finding, next) || finding->place.line != next->place.line)
        append_excerpt(text, &finding->place, finding->line_text);
    if (next == NULL || !is_same_rule(finding, next))
        append_rule(text, finding);
}

static void append_problem(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_problem *problem)
{
    append_place(text, &problem->place, result->name);
    append_severity(text, run, problem->severity);
    text_append_escaped(text, problem->message, strlen(problem->message));
    text_append_format(text, "%s%s%s\n", problem->advice != NULL ? " [" : "",
                       problem->advice != NULL ? problem->advice : "", problem->advice != NULL ? "]" : "");
    append_excerpt(text, &problem->place, problem->line_text);
}

/* What is granted with a remark is only for those who ask for it. */
static bool is_shown(const struct check_run *run, const struct check_finding *finding)
{
    return !finding->known && finding->finding->waiver == NULL &&
           (finding->severity > CHECK_NOTE || run->fail_on == CHECK_NOTE);
}

static void append_findings(struct text *text, const struct check_run *run, const struct check_result *result)
{
    const struct check_finding *before = NULL;

    for (size_t i = 0; i < result->finding_count; i++) {
        if (!is_shown(run, &result->findings[i]))
            continue;
        if (before != NULL)
            append_finding(text, run, result, before, &result->findings[i]);
        before = &result->findings[i];
    }
    if (before != NULL)
        append_finding(text, run, result, before, NULL);
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    static const char *const verdicts[] = {[CHECK_CONFORMS] = "conforms",
                                           [CHECK_FINDINGS] = "does not conform",
                                           [CHECK_INVALID] = "cannot be judged",
                                           [CHECK_HOST] = "cannot be enforced by that host",
                                           [CHECK_TRUST] = "is not trusted"};

    for (size_t i = 0; i < result->problem_count; i++)
        if (!result->problems[i].known)
            append_problem(text, run, result, &result->problems[i]);
    append_findings(text, run, result);
    text_append_escaped(text, result->name, strlen(result->name));
    text_append_format(text, ": %s", verdicts[result->outcome]);
    if (result->waived_count > 0)
        text_append_format(text, " (%zu waived)", result->waived_count);
    if (result->known_count > 0)
        text_append_format(text, " (%zu known)", result->known_count);
    text_append(text, "\n");
}

static void begin(struct text *text, const struct check_run *run)
{
    (void)text;
    (void)run;
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)joined;
    text_append_format(text, "%zu target%s: %zu conform%s", totals->targets, totals->targets == 1 ? "" : "s",
                       totals->conform, totals->conform == 1 ? "s" : "");
    if (totals->with_findings > 0)
        text_append_format(text, ", %zu with findings", totals->with_findings);
    if (totals->invalid > 0)
        text_append_format(text, ", %zu cannot be judged", totals->invalid);
    if (totals->host > 0)
        text_append_format(text, ", %zu not enforceable", totals->host);
    if (totals->trust > 0)
        text_append_format(text, ", %zu not trusted", totals->trust);
    text_append_format(text, "; errors: %zu, warnings: %zu, notes: %zu, waived: %zu, known: %zu\n",
                       totals->errors, totals->warnings, totals->notes, totals->waived, totals->known);
}

const struct check_format check_format_text = {
    .name = "text", .begin = begin, .result = append_result, .end = end};
