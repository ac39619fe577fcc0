/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first policy from what one bundle requests. Pure. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "policy/policy.h"

struct policy_draft_request {
    const struct spec *spec;
    const struct json_notes *notes; /* unknown members of the configuration; NULL: none */
    const char *bundle;             /* absolute; relative mount sources start there. NULL: unknown */
    const char *config;             /* what the comments call the configuration */
    const char *name;               /* of the policy */
    /* Where the paths of an earlier draft really are; NULL: unknown, links are taken for what they are
     * called. */
    const struct policy_observed *observed;
};

/*
 * Write a policy that grants this bundle what it requests and nothing more that the language can express
 * without narrowing it: ceilings at what is asked, lists of what is there. It is read back and judged
 * (without a host: what this host can enforce is another question); a rule that would change the bundle all
 * the same is left out, and a comment says why. Comments also name what the bundle leaves open. Errors:
 * ERROR_INVALID when the result is no policy (a fault of ours), ERROR_LIMIT.
 */
int policy_draft(const struct policy_draft_request *request, struct arena *arena, struct text *text,
                 struct error *error);
