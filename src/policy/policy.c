/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built-in policy `unrestricted`: it bounds nothing and says so; what is granted is what is asked. */
#include "policy/policy.h"

#include "base/memory.h"

static const struct policy_finding unrestricted = {
    .rule = "TW0001",
    .effect = POLICY_GRANTED,
    .pointer = "",
    .policy = "unrestricted",
    .reason = "no policy bounds this container: everything that it asks for is granted",
};

int policy_decide(const struct spec *spec, const struct trust *trust, struct arena *arena,
                  struct policy_decision *decision, struct error *error)
{
    (void)trust;
    (void)arena;
    (void)error;
    *decision = (struct policy_decision){.findings = &unrestricted, .finding_count = 1, .grant = spec};
    return 0;
}

int policy_decide_process(const struct spec *container, const struct spec_process *process,
                          struct arena *arena, struct policy_decision *decision,
                          const struct spec_process **grant, struct error *error)
{
    (void)arena;
    (void)error;
    *decision = (struct policy_decision){.findings = &unrestricted, .finding_count = 1, .grant = container};
    *grant = process;
    return 0;
}

const char *policy_effect_name(enum policy_effect effect)
{
    switch (effect) {
    case POLICY_GRANTED:
        return "granted";
    case POLICY_NARROWED:
        return "narrowed";
    case POLICY_REFUSED:
        return "refused";
    }
    return "unknown";
}
