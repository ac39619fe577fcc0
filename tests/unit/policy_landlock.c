/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy/decide_landlock.c: when a section becomes a layer, and what is said. */
#include "unit.h"

#include "base/arena.h"
#include "base/memory.h"
#include "policy/policy.h"

static const struct policy_word usr[] = {{"/usr", 3, 4}};
static const struct policy_id_range ports[] = {{443, 443}, {8000, 8080}};

static struct arena arena;
static struct policy policies[16];
static struct policy_applied applied[16];
static char names[16][16];
static struct policy_set set;
static struct policy_observed observed;
static struct policy_decision decision;

static void begin(size_t count, uint32_t abi)
{
    arena_free(&arena);
    memset(policies, 0, sizeof(policies));
    set = (struct policy_set){.items = applied, .count = count};
    observed = (struct policy_observed){.host = {.known = true, .landlock_abi = 7}};
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), "policy-%02zu", i);
        policies[i].name = names[i];
        policies[i].file = "web.json";
        policies[i].bounds_anything = true;
        policies[i].landlock = (struct policy_landlock){
            .rule = {.present = true, .line = 9},
            .abi = abi,
            .read = {usr, 1, true},
        };
        applied[i] = (struct policy_applied){.policy = &policies[i], .role = POLICY_ROLE_MANDATORY};
    }
}

static void decide(void)
{
    static const struct spec spec = {0};
    static const struct trust trust;
    struct error error;

    if (policy_decide(&spec, &trust, &set, &observed, &arena, &decision, &error) < 0)
        fail_msg("%s", error.message);
}

static const struct policy_finding *search(const char *rule)
{
    for (size_t i = 0; i < decision.finding_count; i++)
        if (strcmp(decision.findings[i].rule, rule) == 0)
            return &decision.findings[i];
    return NULL;
}

/* The finding, which must be there. */
static const struct policy_finding *find(const char *rule)
{
    static const struct policy_finding none = {0};
    const struct policy_finding *finding = search(rule);

    assert_non_null(finding);
    return finding != NULL ? finding : &none;
}

static void layer(void **state)
{
    const struct policy_finding *finding;

    (void)state;
    begin(2, 6);
    policies[0].landlock.has_connect = true;
    policies[0].landlock.connect = ports;
    policies[0].landlock.connect_count = 2;
    policies[0].landlock.has_bind = true;
    decide();
    finding = find("TW1301");
    assert_non_null(finding);
    assert_int_equal(finding->effect, POLICY_NARROWED);
    assert_string_equal(finding->subject, "policy-00");
    assert_string_equal(finding->granted, "ABI 6; read 1 path; connect 443 8000-8080; bind nothing");
    assert_int_equal(finding->sources[0].line, 9);
    assert_false(decision.refused);
    assert_int_equal(decision.layers.landlock_count, 2);
    assert_string_equal(decision.layers.landlock[1].policy, "policy-01");
    assert_ptr_equal(decision.layers.landlock[0].rules, &policies[0].landlock);
}

static void absent_and_audit(void **state)
{
    (void)state;
    begin(2, 6);
    policies[0].landlock.rule.present = false;
    applied[1].audit = true;
    decide();
    assert_int_equal(decision.layers.landlock_count, 0);
    assert_int_equal(find("TW1301")->effect, POLICY_WOULD_NARROW);
}

static void older_hosts(void **state)
{
    const struct policy_finding *finding;

    (void)state;
    begin(1, 6);
    observed.host.landlock_abi = 4;
    decide();
    finding = find("TW0005");
    assert_int_equal(finding->effect, POLICY_REFUSED);
    assert_string_equal(finding->requested, "ABI 6");
    assert_string_equal(finding->granted, "ABI 4");
    assert_non_null(strstr(finding->reason, "ioctl on devices, signals and abstract sockets"));
    assert_null(strstr(finding->reason, "audit"));
    assert_true(decision.refused);

    policies[0].landlock.rule.note_if_unsupported = true;
    decide();
    assert_int_equal(find("TW0005")->effect, POLICY_GRANTED);
    assert_int_equal(decision.layers.landlock_count, 1);

    observed.host.landlock_abi = 0;
    decide();
    assert_non_null(strstr(find("TW0005")->reason, "has no Landlock"));
    assert_int_equal(decision.layers.landlock_count, 0);
    assert_null(search("TW1301"));

    /* Nothing was looked at: nothing is missing. */
    observed.host.known = false;
    decide();
    assert_null(search("TW0005"));
}

static void newer_than_we(void **state)
{
    (void)state;
    begin(1, 10);
    observed.host.landlock_abi = 10;
    decide();
    assert_true(decision.refused);
    assert_non_null(strstr(find("TW0005")->reason, "knows Landlock up to ABI 9"));
    begin(1, 2);
    observed.host.landlock_abi = 12;
    decide();
    assert_null(search("TW0005"));
}

static void ports_without_abi(void **state)
{
    (void)state;
    begin(1, 3);
    policies[0].landlock.has_bind = true;
    decide();
    assert_true(decision.refused);
    assert_non_null(strstr(find("TW1301")->reason, "need ABI 4, and the section pins 3"));
}

static void too_many(void **state)
{
    const struct policy_finding *finding;

    (void)state;
    begin(12, 1);
    decide();
    assert_false(decision.refused);
    assert_int_equal(decision.layers.landlock_count, 12);
    begin(13, 1);
    decide();
    assert_true(decision.refused);
    finding = &decision.findings[0];
    assert_string_equal(finding->rule, "TW1301");
    assert_string_equal(finding->subject, "policy-12");
    assert_non_null(strstr(finding->reason, "12 for policies"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer),         cmocka_unit_test(absent_and_audit),  cmocka_unit_test(older_hosts),
        cmocka_unit_test(newer_than_we), cmocka_unit_test(ports_without_abi), cmocka_unit_test(too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
