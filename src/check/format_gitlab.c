/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GitLab's code quality report: an array of issues with description, check_name, fingerprint, severity and
 * location. What is waived or known is no issue. */
#include "check/parts.h"

#include "json/table.h"

static void begin(struct text *text, const struct check_run *run)
{
    (void)run;
    text_append(text, "[\n");
}

static void append_issue(struct text *text, const struct check_run *run, const char *description,
                         const char *name, const char *fingerprint, const char *severity,
                         const struct check_place *place, const char *otherwise)
{
    text_append(text, "{");
    check_append_member(text, "description", description);
    check_append_member(text, "check_name", name);
    check_append_member(text, "fingerprint", fingerprint);
    check_append_member(text, "severity", severity);
    text_append(text, ",\"location\":{\"path\":");
    json_append_string(text, check_relative(run, place->file != NULL ? place->file : otherwise));
    text_append_format(text, ",\"lines\":{\"begin\":%u,\"end\":%u}}}", place->line > 0 ? place->line : 1,
                       place->line > 0 ? place->end_line : 1);
}

/* info, minor, major, critical or blocker. */
static const char *severity_of(enum check_severity severity)
{
    static const char *const names[] = {
        [CHECK_NOTE] = "info", [CHECK_WARNING] = "minor", [CHECK_ERROR] = "critical"};

    return names[severity];
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    bool first = true;

    for (size_t i = 0; i < result->problem_count; i++) {
        const struct check_problem *problem = &result->problems[i];

        if (problem->known)
            continue;
        text_append(text, first ? "" : ",\n");
        append_issue(text, run, problem->message,
                     problem->advice != NULL ? problem->advice : "cannot-be-judged", problem->fingerprint,
                     problem->advice != NULL ? "minor" : "blocker", &problem->place, result->name);
        first = false;
    }
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct check_finding *finding = &result->findings[i];
        cleanup_text struct text message = text_growing(1024UL * 1024);

        if (finding->known || finding->finding->waiver != NULL)
            continue;
        check_append_message(&message, finding);
        text_append(text, first ? "" : ",\n");
        append_issue(text, run, message.bytes, finding->finding->rule, finding->fingerprint,
                     severity_of(finding->severity), &finding->place, result->name);
        first = false;
    }
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)totals;
    (void)joined;
    text_append(text, "\n]\n");
}

const struct check_format check_format_gitlab = {
    .name = "gitlab", .begin = begin, .result = append_result, .join = check_join_comma, .end = end};
