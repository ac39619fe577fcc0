/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections that need a process beside the container. They are read and checked, and not enforced, so a policy
 * that has one does not start a container unless it says that a note is enough. */
#include "policy/decider.h"

static void judge(struct decider *decider, const struct policy_rule *rule, const char *key)
{
    const struct policy_finding finding = {
        .rule = "TW0003",
        .pointer = "",
        .subject = key,
        .reason = arena_format(decider->arena, "%s is not enforced by this version of thwart", key),
    };

    if (rule->present)
        (void)decider_unsupported(decider, rule, &finding);
}

void decide_watched(struct decider *decider, const struct policy *policy)
{
    judge(decider, &policy->network.rule, "network");
    judge(decider, &policy->drift.rule, "drift");
    judge(decider, &policy->on_violation.rule, "onViolation");
    judge(decider, &policy->lifecycle.max_lifetime_rule, "lifecycle.maxLifetime");
}
