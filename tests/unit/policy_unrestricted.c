/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where no policy bounds anything the grant is the request itself, and that is said. */
#include "unit.h"

#include "base/memory.h"
#include "policy/policy.h"

static void everything_is_granted_and_said(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct spec *spec = spec_default(&arena, false, 0, 0);
    const struct spec_process *granted = NULL;
    const struct policy unrestricted = {.name = "unrestricted", .file = "unrestricted.json"};
    const struct policy_applied applied = {.policy = &unrestricted, .role = POLICY_ROLE_DEFAULT};
    const struct policy_set set = {.items = &applied, .count = 1};
    const struct policy_observed observed = {0};
    struct policy_decision decision = {0};
    const struct trust trust = trust_of_nothing();
    struct error error;

    (void)state;
    assert_string_equal(trust_level_name(trust.level), "none");
    assert_int_equal(policy_decide(spec, &trust, &set, &observed, &arena, &decision, &error), 0);
    assert_ptr_equal(decision.grant, spec);
    assert_int_equal(decision.finding_count, 1);
    assert_string_equal(decision.findings[0].rule, "TW0001");
    assert_int_equal(decision.findings[0].source_count, 1);
    assert_string_equal(decision.findings[0].sources[0].policy, "unrestricted");
    assert_string_equal(policy_effect_name(decision.findings[0].effect), "granted");
    assert_int_equal(
        policy_decide_process(spec, spec->process, &set, &observed, &arena, &decision, &granted, &error), 0);
    assert_ptr_equal(granted, spec->process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_granted_and_said),
    };

    return cmocka_run_group_tests_name("policy_unrestricted", tests, NULL, NULL);
}
