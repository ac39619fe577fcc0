/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations and decisions. */
#include "policy/expectation.h"

#include <string.h>
#include "base/memory.h"

static const struct json_field finding_fields[] = {
    JSON_FIELD(struct policy_expected_finding, rule, "rule", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct policy_expected_finding, effect, "effect", JSON_KIND_STRING),
    JSON_FIELD(struct policy_expected_finding, pointer, "pointer", JSON_KIND_STRING),
    JSON_FIELD(struct policy_expected_finding, subject, "subject", JSON_KIND_STRING),
};
static const struct json_table finding_table =
    JSON_TABLE(struct policy_expected_finding, "expected finding", finding_fields);

static const struct json_field case_fields[] = {
    JSON_FIELD(struct policy_case, name, "name", JSON_KIND_STRING),
    JSON_FIELD(struct policy_case, policies, "policies", JSON_KIND_STRINGS, .required = true),
    JSON_FIELD(struct policy_case, bundle, "bundle", JSON_KIND_STRING),
    JSON_FIELD(struct policy_case, config, "config", JSON_KIND_STRING),
    JSON_FIELD(struct policy_case, exec, "exec", JSON_KIND_STRING),
    JSON_FIELD(struct policy_case, host_facts, "hostFacts", JSON_KIND_STRING),
    JSON_FIELD(struct policy_case, effect, "effect", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct policy_case, only, "only", JSON_KIND_BOOLEAN),
    JSON_FIELD(struct policy_case, findings, "findings", JSON_KIND_STRUCTS, .table = &finding_table),
};
const struct json_table policy_case_table = JSON_TABLE(struct policy_case, "case", case_fields);

static const struct json_field cases_fields[] = {
    JSON_FIELD(struct policy_cases, thwart, "thwart", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = 1),
    JSON_FIELD(struct policy_cases, cases, "cases", JSON_KIND_STRUCTS, .required = true,
               .table = &policy_case_table),
};
const struct json_table policy_cases_table = JSON_TABLE(struct policy_cases, "list of cases", cases_fields);

static bool is_given_and_other(const char *expected, const char *found)
{
    return expected != NULL && strcmp(expected, found) != 0;
}

static bool matches(const struct policy_expected_finding *expected, const struct policy_finding *finding)
{
    return (strcmp(expected->rule, finding->rule) == 0 ||
            strcmp(expected->rule, policy_rule_words(finding->rule)->name) == 0) &&
           !is_given_and_other(expected->effect, policy_effect_name(finding->effect)) &&
           !is_given_and_other(expected->pointer, finding->pointer) &&
           !is_given_and_other(expected->subject, finding->subject);
}

static void describe(struct text *text, const char *rule, const char *effect, const char *pointer,
                     const char *subject)
{
    text_append(text, rule);
    if (effect != NULL)
        text_append_format(text, " %s", effect);
    if (pointer != NULL && *pointer != '\0')
        text_append_format(text, " %s", pointer);
    if (subject != NULL && *subject != '\0')
        text_append_format(text, " \"%s\"", subject);
}

/* The whole decision in one word, as policy explain has it. */
static const char *effect_of(const struct policy_decision *decision)
{
    if (decision->refused)
        return "refused";
    for (size_t i = 0; i < decision->finding_count; i++)
        if (decision->findings[i].effect == POLICY_NARROWED)
            return "narrowed";
    return "granted";
}

static void compare_others(const struct policy_case *expected, const struct policy_finding *finding,
                           struct text *text)
{
    const struct policy_expected_finding *items =
        SPEC_ITEMS(expected->findings, struct policy_expected_finding);

    if (finding->effect == POLICY_GRANTED)
        return;
    for (size_t i = 0; i < expected->findings.count; i++)
        if (matches(&items[i], finding))
            return;
    text_append(text, "not expected: ");
    describe(text, finding->rule, policy_effect_name(finding->effect), finding->pointer, finding->subject);
    text_append_format(text, ": %s\n", finding->reason);
}

void policy_case_compare(const struct policy_case *expected, const struct policy_decision *decision,
                         struct text *text)
{
    const struct policy_expected_finding *items =
        SPEC_ITEMS(expected->findings, struct policy_expected_finding);

    if (strcmp(expected->effect, effect_of(decision)) != 0) {
        text_append_format(text, "expected %s, and it is %s\n", expected->effect, effect_of(decision));
        for (size_t i = 0; i < decision->finding_count; i++)
            if (decision->findings[i].effect == POLICY_REFUSED)
                text_append_format(text, "refused by %s %s: %s\n", decision->findings[i].rule,
                                   decision->findings[i].pointer, decision->findings[i].reason);
    }
    for (size_t e = 0; e < expected->findings.count; e++) {
        bool found = false;

        for (size_t i = 0; i < decision->finding_count && !found; i++)
            found = matches(&items[e], &decision->findings[i]);
        if (found)
            continue;
        text_append(text, "missing: ");
        describe(text, items[e].rule, items[e].effect, items[e].pointer, items[e].subject);
        text_append(text, "\n");
    }
    for (size_t i = 0; expected->only && i < decision->finding_count; i++)
        compare_others(expected, &decision->findings[i], text);
}
