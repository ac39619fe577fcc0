/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SARIF 2.1.0 (OASIS), with what code scanning of GitHub wants beyond it: help for each rule, a location with
 * a region for each result, primaryLocationLineHash, security-severity. All rules are listed, whatever is
 * found: results are written before the last is known. What a baseline knows is left out.
 */
#include "check/parts.h"

#include <string.h>
#include "base/memory.h"
#include "json/table.h"

/* Of what no rule of a policy says. */
static const struct {
    const char *id, *name, *what, *help;
} own_rules[] = {
    {"cannot-be-judged", "CannotBeJudged", "a target that cannot be read, parsed, proven or enforced",
     "The message says what is wrong, and where. create would fail for the same reason."},
    {"policy-advice", "PolicyAdvice", "a policy that may not mean what its author thinks",
     "thwart policy lint gives the same advice; thwart-policy(5) describes it."},
};

static void append_text_member(struct text *text, const char *key, const char *value)
{
    text_append_format(text, ",\"%s\":{\"text\":", key);
    json_append_string(text, value);
    text_append(text, "}");
}

/* "root-user": "RootUser". */
static void append_name(struct text *text, const char *name)
{
    bool upper = true;

    text_append(text, ",\"name\":\"");
    for (; *name != '\0'; name++) {
        if (*name == '-') {
            upper = true;
            continue;
        }
        text_append_character(text,
                              upper && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
        upper = false;
    }
    text_append(text, "\"");
}

/* What lets a container out or lets a forged image in, what bounds use, and what is for the record. */
static const char *security_severity(const char *id)
{
    static const struct {
        const char *begin, *severity;
    } rows[] = {
        {"TW0001", "4.0"}, {"TW000", "5.0"}, {"TW01", "9.1"}, {"TW0212", "9.8"},
        {"TW0205", "8.1"}, {"TW02", "6.5"},  {"TW03", "8.6"}, {"TW0403", "9.1"},
        {"TW04", "7.2"},   {"TW05", "8.6"},  {"TW06", "5.3"}, {"TW07", "6.5"},
        {"TW08", "7.2"},   {"TW10", "9.3"},  {"TW11", "7.2"}, {"TW13", "6.5"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (text_starts_with(id, rows[i].begin))
            return rows[i].severity;
    return "5.0";
}

static void append_tags(struct text *text, const char *tags)
{
    text_append(text, "\"tags\":[\"security\"");
    while (*tags != '\0') {
        size_t length = strcspn(tags, " ");

        text_append_format(text, ",\"%.*s\"", (int)length, tags);
        tags += length + strspn(tags + length, " ");
    }
    text_append(text, "]");
}

static void append_rule(struct text *text, const struct policy_rule_words *rule)
{
    char help[2048];
    struct text words = text_over(help, sizeof(help));

    text_append_format(&words, "%s To allow it: %s.%s%s", rule->why, rule->allow,
                       *rule->tags != '\0' ? " Asked by: " : "", rule->tags);
    text_append_format(text, "{\"id\":\"%s\"", rule->id);
    append_name(text, rule->name);
    append_text_member(text, "shortDescription", rule->what);
    append_text_member(text, "fullDescription", rule->why);
    append_text_member(text, "help", help);
    text_append_format(text, ",\"defaultConfiguration\":{\"level\":\"%s\"},\"properties\":{",
                       rule->by_default == POLICY_OTHERWISE_NARROW ? "warning" : "error");
    append_tags(text, rule->tags);
    text_append_format(text, ",\"precision\":\"very-high\",\"security-severity\":\"%s\"}}",
                       security_severity(rule->id));
}

static void append_rules(struct text *text)
{
    size_t count;
    const struct policy_rule_words *rules = policy_rules_all(&count);

    for (size_t i = 0; i < count; i++) {
        append_rule(text, &rules[i]);
        text_append(text, ",\n");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(own_rules); i++) {
        text_append_format(text, "%s{\"id\":\"%s\",\"name\":\"%s\"", i > 0 ? ",\n" : "", own_rules[i].id,
                           own_rules[i].name);
        append_text_member(text, "shortDescription", own_rules[i].what);
        append_text_member(text, "fullDescription", own_rules[i].what);
        append_text_member(text, "help", own_rules[i].help);
        text_append_format(text, ",\"defaultConfiguration\":{\"level\":\"%s\"}}",
                           i == 0 ? "error" : "warning");
    }
}

static void begin(struct text *text, const struct check_run *run)
{
    text_append(text, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                      "\"runs\":[{");
    if (run->category != NULL) {
        text_append(text, "\"automationDetails\":{\"id\":");
        json_append_string(text, run->category);
        text_append(text, "},");
    }
    text_append(text, "\"columnKind\":\"unicodeCodePoints\",\"tool\":{\"driver\":{\"name\":\"thwart\"");
    check_append_member(text, "version", run->version);
    check_append_member(text, "semanticVersion", run->version);
    if (run->information_url != NULL)
        check_append_member(text, "informationUri", run->information_url);
    text_append(text, ",\"rules\":[\n");
    append_rules(text);
    text_append(text, "\n]}},\"results\":[\n");
}

/* ---- results ---- */

/* Ours count bytes; SARIF's characters. Without the line they are the same for all that is ASCII. */
static uint32_t characters(const char *line, uint32_t column)
{
    uint32_t count = column;

    for (uint32_t i = 0; line != NULL && i + 1 < column && line[i] != '\0'; i++)
        count -= ((unsigned char)line[i] & 0xc0) == 0x80;
    return count;
}

/* line 0: the file as a whole; code scanning wants a region all the same. */
static void append_location(struct text *text, const struct check_run *run, const char *file,
                            const struct check_place *place, const char *line_text, bool of_host)
{
    text_append(text, "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
    check_append_uri(text, run, file);
    text_append(text, of_host ? "\",\"uriBaseId\":\"THWART_POLICIES\"}" : "\"}");
    if (place->line > 0)
        text_append_format(
            text, ",\"region\":{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,\"endColumn\":%u}",
            place->line, characters(line_text, place->column), place->end_line,
            characters(line_text, place->end_column));
    else
        text_append(text, ",\"region\":{\"startLine\":1,\"startColumn\":1,\"endLine\":1,\"endColumn\":2}");
    text_append(text, "}");
}

/* "baseline.json" alone: a policy that is built in, or lies in a folder of the host's: no file of the
 * repository that is checked. */
static bool is_of_host(const struct policy_finding_source *source)
{
    size_t length = strlen(source->policy);

    return source->file[0] == '/' || (strncmp(source->file, source->policy, length) == 0 &&
                                      strcmp(source->file + length, ".json") == 0);
}

static void append_related(struct text *text, const struct check_run *run, const struct policy_finding *what)
{
    size_t count = 0;

    for (size_t i = 0; i < what->source_count; i++) {
        const struct policy_finding_source *source = &what->sources[i];
        const struct check_place place = {.line = source->line,
                                          .column = source->column > 0 ? source->column : 1,
                                          .end_line = source->line,
                                          .end_column = source->column > 0 ? source->column + 1 : 2};

        if (source->file == NULL || *source->file == '\0' || source->line == 0)
            continue;
        text_append(text, count == 0 ? ",\"relatedLocations\":[" : ",");
        append_location(text, run, source->file, &place, NULL, is_of_host(source));
        text_append_format(text, ",\"id\":%zu", ++count);
        append_text_member(text, "message", source->policy);
        text_append(text, "}");
    }
    text_append(text, count > 0 ? "]" : "");
}

static void append_end(struct text *text, const char *fingerprint)
{
    text_append_format(text,
                       ",\"partialFingerprints\":{\"primaryLocationLineHash\":\"%.16s:1\","
                       "\"thwart/v1\":\"%s\"}",
                       fingerprint, fingerprint);
}

static void append_finding(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_finding *finding)
{
    const struct policy_finding *what = finding->finding;
    const char *file = finding->place.file != NULL ? finding->place.file : result->name;
    cleanup_text struct text message = text_growing(1024UL * 1024);
    size_t count;
    const struct policy_rule_words *rules = policy_rules_all(&count), *rule = policy_rule_words(what->rule);

    check_append_message(&message, finding);
    text_append_format(text, "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\"", what->rule,
                       (size_t)(rule - rules), check_severity_name(finding->severity));
    append_text_member(text, "message", message.bytes);
    text_append(text, ",\"locations\":[");
    append_location(text, run, file, &finding->place, finding->line_text, false);
    if (*what->pointer != '\0') {
        text_append(text, ",\"logicalLocations\":[{");
        check_append_member(text, "fullyQualifiedName", what->pointer);
        text_append(text, "}]");
    }
    text_append(text, "}]");
    append_related(text, run, what);
    append_end(text, finding->fingerprint);
    if (what->waiver != NULL) {
        text_append(text, ",\"suppressions\":[{\"kind\":\"external\",\"status\":\"accepted\"");
        check_append_member(text, "justification", what->waiver);
        text_append(text, "}]");
    }
    text_append_format(text, ",\"properties\":{\"effect\":\"%s\"}}", policy_effect_name(what->effect));
}

static void append_problem(struct text *text, const struct check_run *run, const struct check_result *result,
                           const struct check_problem *problem)
{
    const size_t own = problem->advice != NULL ? 1 : 0;
    size_t count;

    (void)policy_rules_all(&count);
    text_append_format(text, "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\"", own_rules[own].id,
                       count + own, check_severity_name(problem->severity));
    append_text_member(text, "message", problem->message);
    text_append(text, ",\"locations\":[");
    append_location(text, run, problem->place.file != NULL ? problem->place.file : result->name,
                    &problem->place, problem->line_text, false);
    text_append(text, "}]");
    append_end(text, problem->fingerprint);
    text_append(text, "}");
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    const size_t before = text->length;

    for (size_t i = 0; i < result->problem_count; i++)
        if (!result->problems[i].known) {
            text_append(text, text->length > before ? ",\n" : "");
            append_problem(text, run, result, &result->problems[i]);
        }
    for (size_t i = 0; i < result->finding_count; i++)
        if (!result->findings[i].known) {
            text_append(text, text->length > before ? ",\n" : "");
            append_finding(text, run, result, &result->findings[i]);
        }
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)joined;
    /* That a target could not be judged is a result; the program itself did what it was asked to. */
    text_append_format(text,
                       "\n],\"invocations\":[{\"executionSuccessful\":true}],"
                       "\"properties\":{\"targets\":%zu,\"conform\":%zu}}]}\n",
                       totals->targets, totals->conform);
}

const struct check_format check_format_sarif = {
    .name = "sarif", .begin = begin, .result = append_result, .join = check_join_comma, .end = end};
