/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JUnit's XML: a suite is a target, a case is a finding (or the target, where there is nothing to say). A
 * failure is a finding that counts, an error a target that cannot be judged, skipped what is waived. */
#include "check/parts.h"

static void begin(struct text *text, const struct check_run *run)
{
    (void)run;
    text_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"thwart check\">\n");
}

static void append_case(struct text *text, const struct check_run *run, const struct check_result *result,
                        const char *name, const struct check_place *place)
{
    text_append(text, "  <testcase classname=\"");
    check_append_xml(text, result->name);
    text_append(text, "\" name=\"");
    check_append_xml(text, name);
    if (place != NULL && place->line > 0) {
        text_append(text, "\" file=\"");
        check_append_xml(text, check_relative(run, place->file));
        text_append_format(text, "\" line=\"%u", place->line);
    }
    text_append(text, "\" time=\"0\">");
}

static void append_body(struct text *text, const char *element, const char *type, const char *message,
                        const char *more)
{
    text_append_format(text, "<%s type=\"%s\" message=\"", element, type);
    check_append_xml(text, message);
    text_append(text, "\">");
    check_append_xml(text, more);
    text_append_format(text, "</%s>", element);
}

static void append_finding(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;
    cleanup_text struct text name = text_growing(1024UL * 1024), message = text_growing(1024UL * 1024),
                             more = text_growing(1024UL * 1024);

    text_append_format(&name, "%s %s%s%s", what->rule, what->pointer, *what->subject != '\0' ? " " : "",
                       what->subject);
    check_append_message(&message, finding);
    text_append_format(&more, "%s:%u:%u: %s",
                       finding->place.file != NULL ? finding->place.file : result->name, finding->place.line,
                       finding->place.column, message.bytes);
    for (size_t i = 0; i < what->source_count; i++)
        text_append_format(&more, "\nrule: %s (%s:%u)", what->sources[i].policy, what->sources[i].file,
                           what->sources[i].line);
    if (what->allow != NULL)
        text_append_format(&more, "\nallow it: %s", what->allow);
    append_case(text, run, result, name.bytes, &finding->place);
    if (what->waiver != NULL) {
        text_append(text, "<skipped message=\"waived: ");
        check_append_xml(text, what->waiver);
        text_append(text, "\"/>");
    } else if (check_finding_counts(run, finding)) {
        append_body(text, "failure", policy_effect_name(what->effect), message.bytes, more.bytes);
    } else {
        text_append(text, "<system-out>");
        check_append_xml(text, more.bytes);
        text_append(text, "</system-out>");
    }
    text_append(text, "</testcase>\n");
}

static void append_problem(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_problem *problem)
{
    append_case(text, run, result, problem->advice != NULL ? problem->advice : "can be judged",
                &problem->place);
    if (problem->advice == NULL)
        append_body(text, "error", check_outcome_name(result->outcome), problem->message, problem->message);
    else if (check_problem_counts(run, problem))
        append_body(text, "failure", "advice", problem->message, problem->message);
    else {
        text_append(text, "<system-out>");
        check_append_xml(text, problem->message);
        text_append(text, "</system-out>");
    }
    text_append(text, "</testcase>\n");
}

struct counts {
    size_t tests, failures, errors, skipped;
};

static struct counts count(const struct check_run *run, const struct check_result *result)
{
    struct counts counts = {0};

    for (size_t i = 0; i < result->finding_count; i++) {
        const struct check_finding *finding = &result->findings[i];

        counts.tests += !finding->known;
        counts.failures += check_finding_counts(run, finding);
        counts.skipped += !finding->known && finding->finding->waiver != NULL;
    }
    for (size_t i = 0; i < result->problem_count; i++) {
        const struct check_problem *problem = &result->problems[i];

        counts.tests += !problem->known;
        counts.errors += problem->advice == NULL;
        counts.failures += problem->advice != NULL && check_problem_counts(run, problem);
    }
    return counts;
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    const struct counts counts = count(run, result);

    text_append(text, " <testsuite name=\"");
    check_append_xml(text, result->name);
    text_append_format(text, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n",
                       counts.tests > 0 ? counts.tests : 1, counts.failures, counts.errors, counts.skipped);
    if (counts.tests == 0) {
        append_case(text, run, result, "conforms", NULL);
        text_append(text, "</testcase>\n");
    }
    for (size_t i = 0; i < result->problem_count; i++)
        if (!result->problems[i].known)
            append_problem(text, run, result, &result->problems[i]);
    for (size_t i = 0; i < result->finding_count; i++)
        if (!result->findings[i].known)
            append_finding(text, run, result, &result->findings[i]);
    text_append(text, " </testsuite>\n");
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)totals;
    (void)joined;
    text_append(text, "</testsuites>\n");
}

const struct check_format check_format_junit = {
    .name = "junit", .begin = begin, .result = append_result, .end = end};
