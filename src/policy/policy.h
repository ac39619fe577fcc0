/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is allowed: (spec, trust, policies, host facts) -> decision. Pure.
 *
 * The policy language arrives with its own change. Until then exactly one policy exists, the built-in
 * `unrestricted`: it bounds nothing, says so in a finding, and the grant is the request itself.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"
#include "trust/trust.h"

enum policy_effect { POLICY_GRANTED, POLICY_NARROWED, POLICY_REFUSED };

/* Why something was granted, narrowed or refused. */
struct policy_finding {
    const char *rule; /* stable id: "TW0001" */
    enum policy_effect effect;
    const char *pointer; /* JSON pointer into the bundle's configuration; "" is the whole */
    const char *policy;  /* name of the policy that decided */
    const char *reason;
};

struct policy_decision {
    const struct policy_finding *findings;
    size_t finding_count;
    const struct spec *grant; /* what the container gets; NULL when refused */
};

/* Decide. Never fails for what a bundle asks: a refusal is a decision. */
int policy_decide(const struct spec *spec, const struct trust *trust, struct arena *arena,
                  struct policy_decision *decision, struct error *error);

/* The same for a process that joins a container which was granted `container`. */
int policy_decide_process(const struct spec *container, const struct spec_process *process,
                          struct arena *arena, struct policy_decision *decision,
                          const struct spec_process **grant, struct error *error);

const char *policy_effect_name(enum policy_effect effect);
