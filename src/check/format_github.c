/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workflow commands of GitHub Actions: ::error file=…,line=…::message. They show in the diff, and in the log
 * as they are. What is waived or known is not said. */
#include "check/parts.h"

#include <string.h>

static void begin(struct text *text, const struct check_run *run)
{
    (void)text;
    (void)run;
}

/* A message ends at a line's end; a property also at what separates properties. */
static void append_value(struct text *text, const char *value, bool property)
{
    for (; *value != '\0'; value++) {
        if (*value == '%' || *value == '\r' || *value == '\n' || (property && strchr(":,", *value) != NULL))
            text_append_format(text, "%%%02X", (unsigned char)*value);
        else
            text_append_character(text, *value);
    }
}

static void append_command(struct text *text, const struct check_run *run, enum check_severity severity,
                           const struct check_place *place, const char *name, const char *title)
{
    static const char *const commands[] = {
        [CHECK_NOTE] = "notice", [CHECK_WARNING] = "warning", [CHECK_ERROR] = "error"};

    text_append_format(text, "::%s file=", commands[severity]);
    append_value(text, check_relative(run, place->file != NULL ? place->file : name), true);
    /* Columns only within one line, and so are ours. */
    if (place->line > 0)
        text_append_format(text, ",line=%u,endLine=%u,col=%u,endColumn=%u", place->line, place->end_line,
                           place->column, place->end_column);
    text_append(text, ",title=");
    append_value(text, title, true);
    text_append(text, "::");
}

static void append_finding(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;
    cleanup_text struct text title = text_growing(4096), message = text_growing(1024UL * 1024);

    text_append_format(&title, "%s %s", what->rule, policy_rule_words(what->rule)->name);
    check_append_message(&message, finding);
    for (size_t i = 0; i < what->source_count; i++)
        text_append_format(&message, "\nrule: %s (%s:%u)", what->sources[i].policy, what->sources[i].file,
                           what->sources[i].line);
    if (what->allow != NULL)
        text_append_format(&message, "\nallow it: %s", what->allow);
    append_command(text, run, finding->severity, &finding->place, result->name, title.bytes);
    append_value(text, message.bytes, false);
    text_append(text, "\n");
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    for (size_t i = 0; i < result->problem_count; i++) {
        const struct check_problem *problem = &result->problems[i];

        if (problem->known)
            continue;
        append_command(text, run, problem->severity, &problem->place, result->name,
                       problem->advice != NULL ? problem->advice : "cannot be judged");
        append_value(text, problem->message, false);
        text_append(text, "\n");
    }
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct check_finding *finding = &result->findings[i];

        if (!finding->known && finding->finding->waiver == NULL &&
            (finding->severity > CHECK_NOTE || run->fail_on == CHECK_NOTE))
            append_finding(text, run, result, finding);
    }
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)joined;
    text_append_format(text, "thwart check: %zu of %zu targets conform\n", totals->conform, totals->targets);
}

const struct check_format check_format_github = {
    .name = "github", .begin = begin, .result = append_result, .end = end};
