/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole of what was found out, as one document (docs/thwart-check.schema.json); a later run takes it as
 * its baseline. */
#include "check/parts.h"
#include "json/table.h"

static void begin(struct text *text, const struct check_run *run)
{
    text_append(text, "{\"thwart\":1");
    check_append_member(text, "version", run->version);
    check_append_member(text, "failOn", check_severity_name(run->fail_on));
    text_append(text, ",\"results\":[\n");
}

static void append_place(struct text *text, const struct check_place *place)
{
    if (place->file != NULL)
        check_append_member(text, "file", place->file);
    if (place->line > 0)
        text_append_format(text, ",\"line\":%u,\"column\":%u,\"endLine\":%u,\"endColumn\":%u", place->line,
                           place->column, place->end_line, place->end_column);
}

static void append_policies(struct text *text, const struct policy_set *set)
{
    char hex[DIGEST_HEX_SIZE];

    text_append(text, ",\"policies\":[");
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        const struct policy_applied *applied = &set->items[i];

        text_append(text, i > 0 ? ",{" : "{");
        check_append_member(text, "name", applied->policy->name);
        check_append_member(text, "file", applied->policy->file);
        digest_hex(&applied->policy->digest, hex);
        text_append_format(text, ",\"digest\":\"sha256:%s\",\"mode\":\"%s\"}", hex,
                           applied->audit ? "audit" : "enforce");
    }
    text_append(text, "]");
}

static void append_finding(struct text *text, const struct check_finding *finding)
{
    text_append(text, "{");
    check_append_member(text, "severity", check_severity_name(finding->severity));
    append_place(text, &finding->place);
    check_append_member(text, "fingerprint", finding->fingerprint);
    text_append_format(text, ",\"known\":%s,\"waived\":%s,\"finding\":", finding->known ? "true" : "false",
                       finding->finding->waiver != NULL ? "true" : "false");
    policy_finding_encode(text, finding->finding);
    text_append(text, "}");
}

static void append_problem(struct text *text, const struct check_problem *problem)
{
    text_append(text, "{");
    check_append_member(text, "severity", check_severity_name(problem->severity));
    append_place(text, &problem->place);
    check_append_member(text, "fingerprint", problem->fingerprint);
    text_append_format(text, ",\"known\":%s", problem->known ? "true" : "false");
    if (problem->advice != NULL)
        check_append_member(text, "advice", problem->advice);
    check_append_member(text, "message", problem->message);
    text_append(text, "}");
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    (void)run;
    text_append(text, "{");
    check_append_member(text, "name", result->name);
    check_append_member(text, "kind", check_kind_name(result->kind));
    check_append_member(text, "outcome", check_outcome_name(result->outcome));
    append_policies(text, result->set);
    text_append(text, ",\"problems\":[");
    for (size_t i = 0; i < result->problem_count; i++) {
        text_append(text, i > 0 ? "," : "");
        append_problem(text, &result->problems[i]);
    }
    text_append(text, "],\"findings\":[");
    for (size_t i = 0; i < result->finding_count; i++) {
        text_append(text, i > 0 ? "," : "");
        append_finding(text, &result->findings[i]);
    }
    text_append(text, "]}");
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)joined;
    text_append_format(text,
                       "\n],\"totals\":{\"targets\":%zu,\"conform\":%zu,\"findings\":%zu,\"invalid\":%zu,"
                       "\"host\":%zu,\"trust\":%zu,\"notes\":%zu,\"warnings\":%zu,\"errors\":%zu,"
                       "\"waived\":%zu,\"known\":%zu}",
                       totals->targets, totals->conform, totals->with_findings, totals->invalid, totals->host,
                       totals->trust, totals->notes, totals->warnings, totals->errors, totals->waived,
                       totals->known);
    check_append_member(text, "outcome", check_outcome_name(check_outcome_of(totals)));
    text_append(text, "}\n");
}

const struct check_format check_format_json = {
    .name = "json", .begin = begin, .result = append_result, .join = check_join_comma, .end = end};
