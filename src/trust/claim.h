/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an image's author signed that it needs at most: `optional`'s member
 *   "io.thwart.claim": {"version": 1, "revision": N, "nbf": "2026-01-01", "exp": "2027-01-01", "policy": {…}}
 * whose policy is one in the policy language with the sections process, filesystem, devices, resources,
 * sysctls, syscalls, network. It can only tighten: it is applied as a volunteered policy, so
 * grant = request ∩ claim ∩ policies. Nothing of it is handed out before its signature counted for an issuer
 * whom the host knows (thwart.json, "issuers": keys, a ceiling, least revisions): trust_claim_admit is the
 * one way to its contents.
 */
#pragma once

#include "json/json.h"

struct trust_claim; /* sealed: only admit opens it */

int trust_claim_read(const struct json_value *optional, struct arena *arena, const struct trust_claim **claim,
                     struct error *error);

struct trust_issuer {
    const char *name;
    const char *const *fingerprints; /* primary keys */
    size_t fingerprint_count;
    const char *ceiling;     /* a policy's name: a claim that asks for more is refused whole; NULL: none */
    uint64_t least_revision; /* of this image's repository */
};

/* The text of the claim's policy. ERROR_UNTRUSTED: not signed by the issuer, not yet or no longer valid, an
 * older revision. */
int trust_claim_admit(const struct trust_claim *claim, const char *primary_fingerprint,
                      const struct trust_issuer *issuers, size_t issuer_count, int64_t now_s,
                      const struct json_value **policy, const struct trust_issuer **issuer,
                      struct error *error);
