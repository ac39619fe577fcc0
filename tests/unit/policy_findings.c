/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How judgements become findings: one a cause, whoever speaks first; waivers; audit; the line of a refusal.
 */
#include "policy_fixture.h"

#include "policy/rules.h"

static void several_policies_on_one_cause(void **state)
{
    struct fixture fixture = {0};
    const struct policy_finding *finding;

    (void)state;
    fixture_policy(&fixture, "'process': {'capabilities': {'allow': ['CHOWN']}}");
    fixture_policy(&fixture, "'process': {'capabilities': {'deny': ['KILL'], 'otherwise': 'refuse'}}");
    fixture_policy(&fixture, "'mode': 'audit', 'process': {'capabilities': {'allow': []}}");
    fixture_request(&fixture, "'capabilities': {'bounding': ['CAP_CHOWN', 'CAP_KILL']}", "", "");
    fixture_decide(&fixture);
    fixture_expect(&fixture, "refused TW0205 /process/capabilities CAP_KILL\n"
                             "would-narrow TW0205 /process/capabilities CAP_CHOWN\n");
    finding = &fixture.decision.findings[0];
    assert_string_equal(finding->reason, "CAP_KILL is denied");
    assert_int_equal(finding->source_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(finding->sources[i].policy[0], 'a' + (char)i);
    assert_int_equal(fixture.decision.findings[1].source_count, 1);
    fixture_end(&fixture);
}

/* What happens outranks what audit mode would do. */
static void narrowing_is_told_beside_audit(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    fixture_policy(&fixture,
                   "'mode': 'audit', 'process': {'capabilities': {'allow': [], 'otherwise': 'refuse'}}");
    fixture_policy(&fixture, "'process': {'capabilities': {'deny': ['KILL']}}");
    fixture_request(&fixture, "'capabilities': {'bounding': ['CAP_KILL']}", "", "");
    fixture_decide(&fixture);
    fixture_expect(&fixture, "narrowed TW0205 /process/capabilities CAP_KILL -> dropped\n");
    fixture_expect_grant(&fixture, "'bounding':[]");
    fixture_end(&fixture);
}

static void waivers(void **state)
{
    static const struct {
        struct policy_waiver waiver;
        const char *findings;
    } cases[] = {
        {{.rule = "TW0205"}, "granted TW0205 /process/capabilities CAP_KILL\n"},
        {{.rule = "TW0205", .policy = "a", .subject = "CAP_K*", .pointer = "/process/*"},
         "granted TW0205 /process/capabilities CAP_KILL\n"},
        {{.rule = "TW0204"}, "narrowed TW0205 /process/capabilities CAP_KILL -> dropped\n"},
        {{.rule = "TW0205", .policy = "b*"}, "narrowed TW0205 /process/capabilities CAP_KILL -> dropped\n"},
        {{.rule = "TW0205", .subject = "CAP_CHOWN"},
         "narrowed TW0205 /process/capabilities CAP_KILL -> dropped\n"},
        {{.rule = "TW0205", .expires_s = -1},
         "narrowed TW0205 /process/capabilities CAP_KILL -> dropped\ngranted TW0004 / w.json:3\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture fixture = {.observed = {.now_s = 1000}};

        fixture_policy(&fixture, "'process': {'capabilities': {'allow': []}}");
        fixture.waivers[0] = cases[i].waiver;
        fixture.waivers[0].file = "w.json";
        fixture.waivers[0].line = 3;
        fixture.waivers[0].owner = "ops";
        fixture.waivers[0].reason = "legacy";
        fixture.waivers[0].expires = "2030-01-01";
        fixture.waivers[0].expires_s = cases[i].waiver.expires_s < 0 ? 999 : 2000;
        fixture.set.waivers = fixture.waivers;
        fixture.set.waiver_count = 1;
        fixture_request(&fixture, "'capabilities': {'bounding': ['CAP_KILL']}", "", "");
        fixture_decide(&fixture);
        fixture_expect(&fixture, cases[i].findings);
        fixture_end(&fixture);
    }
}

/* A waiver of one policy's rule leaves the other's. */
static void a_waiver_for_one_policy(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    fixture_policy(&fixture, "'process': {'user': {'root': 'deny'}}");
    fixture_policy(&fixture, "'process': {'user': {'root': 'deny'}}");
    fixture.waivers[0] = (struct policy_waiver){.rule = "TW0201",
                                                .policy = "a",
                                                .owner = "o",
                                                .reason = "r",
                                                .expires = "2030-01-01",
                                                .expires_s = 1};
    fixture.set.waivers = fixture.waivers;
    fixture.set.waiver_count = 1;
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    fixture_expect(&fixture, "refused TW0201 /process/user/uid\n");
    assert_null(fixture.decision.findings[0].waiver);
    fixture_end(&fixture);
}

static const char *many(struct fixture *fixture, size_t count, const char *format)
{
    cleanup_text struct text text = text_growing(1 << 20);

    for (size_t i = 0; i < count; i++) {
        text_append(&text, i > 0 ? ", " : "");
        text_append_format(&text, "'");
        text_append(&text, format);
        text_append_format(&text, "_%zu=v'", i);
    }
    return arena_string(&fixture->arena, text.bytes);
}

/* A thousand causes are a thousand findings, in order, each once; and again for a second policy. */
static void a_thousand_findings(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    fixture_policy(&fixture, "'process': {'environment': {'deny': ['SECRET_*'], 'otherwise': 'narrow'}}");
    fixture_policy(&fixture, "'process': {'environment': {'deny': ['*'], 'otherwise': 'narrow'}}");
    fixture_request(&fixture, arena_format(&fixture.arena, "'env': [%s]", many(&fixture, 1000, "SECRET")), "",
                    "");
    fixture_decide(&fixture);
    assert_int_equal(fixture.decision.finding_count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(fixture.decision.findings[i].source_count, 2);
        assert_string_equal(fixture.decision.findings[i].granted, "removed");
        if (i > 0)
            assert_true(
                strcmp(fixture.decision.findings[i - 1].subject, fixture.decision.findings[i].subject) < 0);
    }
    assert_int_equal(fixture.decision.grant->process->environment.count, 0);
    fixture_end(&fixture);
}

static void a_refusal_is_one_line_and_fits(void **state)
{
    struct fixture fixture = {0};
    char buffer[8192], small[200];
    struct text text = text_over(buffer, sizeof(buffer)), little = text_over(small, sizeof(small));

    (void)state;
    fixture_policy(&fixture, "'process': {'environment': {'deny': ['*']}}");
    fixture_policy(&fixture, "'process': {'user': {'root': 'deny'}}");
    fixture_request(&fixture, arena_format(&fixture.arena, "'env': [%s]", many(&fixture, 19, "SECRET")), "",
                    "");
    fixture_decide(&fixture);
    policy_refusal_text(&text, &fixture.decision);
    assert_int_equal(text_complete(&text, "refusal", &fixture.error), 0);
    assert_true(text_starts_with(text.bytes,
                                 "policy denied by b, a, 20 causes: TW0201 /process/user/uid: the program "
                                 "would run as user 0 (b.json:1); TW0207 /process/env: the variable SECRET_0 "
                                 "is denied (a.json:1), and the same for SECRET_1, SECRET_10, "));
    assert_true(text_ends_with(text.bytes, ", SECRET_8, SECRET_9"));
    assert_null(strchr(text.bytes, '\n'));

    policy_refusal_text(&little, &fixture.decision);
    assert_int_equal(text_complete(&little, "refusal", &fixture.error), 0);
    assert_non_null(strstr(little.bytes, "20 causes"));
    assert_true(text_ends_with(little.bytes, " more"));
    fixture_end(&fixture);
}

static void a_name_cannot_break_the_line(void **state)
{
    struct fixture fixture = {0};
    char buffer[1024];
    struct text text = text_over(buffer, sizeof(buffer));

    (void)state;
    fixture_policy(&fixture, "'process': {'environment': {'deny': ['*']}}");
    fixture_request(&fixture, "'env': ['A\\nB\\u001b[31m=v']", "", "");
    fixture_decide(&fixture);
    policy_refusal_text(&text, &fixture.decision);
    assert_null(strpbrk(text.bytes, "\n\033"));
    fixture_end(&fixture);
}

static void rules_are_a_table(void **state)
{
    size_t count;
    const struct policy_rule_words *rules = policy_rules_all(&count);

    (void)state;
    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(policy_rule_words(rules[i].id), &rules[i]);
        assert_int_equal(strlen(rules[i].id), 6);
        assert_true(i == 0 || strcmp(rules[i - 1].id, rules[i].id) < 0);
        assert_true(rules[i].what[0] != '\0' && rules[i].why[0] != '\0' && rules[i].name[0] != '\0');
        assert_true(rules[i].can_narrow || rules[i].by_default == POLICY_OTHERWISE_REFUSE);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rules[i].name, rules[j].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_policies_on_one_cause),
        cmocka_unit_test(narrowing_is_told_beside_audit),
        cmocka_unit_test(waivers),
        cmocka_unit_test(a_waiver_for_one_policy),
        cmocka_unit_test(a_thousand_findings),
        cmocka_unit_test(a_refusal_is_one_line_and_fits),
        cmocka_unit_test(a_name_cannot_break_the_line),
        cmocka_unit_test(rules_are_a_table),
    };

    return cmocka_run_group_tests_name("policy_findings", tests, NULL, NULL);
}
