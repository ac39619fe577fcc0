/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an image's author signed that it needs at most: `optional`'s member
 *   "io.thwart.claim": {"version": 1, "revision": N, "nbf": "2026-01-01", "exp": "2027-01-01", "policy": {…}}
 * whose policy is one in the policy language (policy/claimed.h says with which sections). It can only
 * tighten: it is applied as a volunteered policy, so grant = request ∩ claim ∩ policies. Nothing of it is
 * handed out before its signature counted for an issuer whom the host knows (thwart.json, "issuers": keys, a
 * ceiling, least revisions): trust_claim_admit is the one way to its contents, and it answers yes with all of
 * it or no with nothing.
 */
#pragma once

#include "json/json.h"
#include "trust/trust.h"

#define TRUST_CLAIM_MEMBER "io.thwart.claim"

struct trust_claim; /* sealed: only admit opens it */

/*
 * The member of a payload's optional (NULL: there is none). *claim NULL: it has none. Exactly the members
 * above: version is 1, revision from 1 to 2147483647, policy an object; nbf and exp may be left out. Both are
 * days (their beginning, UTC) or times of RFC 3339; in force from nbf on, and no longer at exp. ERROR_INVALID
 * with line and column.
 */
int trust_claim_read(const struct json_value *optional, struct arena *arena, const struct trust_claim **claim,
                     struct error *error);

/* The least revision of an image's claims. */
struct trust_least_revision {
    const char *repository; /* normalised: "docker.io/library/busybox"; NULL: of those that are not listed */
    uint64_t revision;
};

struct trust_issuer {
    const char *name;
    const char *const *fingerprints; /* primary keys, upper case */
    size_t fingerprint_count;
    const char *ceiling; /* a policy's name: a claim that asks for more is refused whole; NULL: none */
    const struct trust_least_revision *least_revisions;
    size_t least_revision_count;
};

/*
 * Does the claim of this signature count? The signature must be good and have counted for its requirement
 * (reason NULL); its primary key one of exactly one issuer's; now_s within nbf and exp; the revision not
 * below the issuer's for the repository that is SIGNED. *admitted is nothing (zeroes) on -1. ERROR_UNTRUSTED
 * says why; ERROR_INVALID: the signature carries no claim.
 */
int trust_claim_admit(const struct trust_signature *signature, const struct trust_issuer *issuers,
                      size_t issuer_count, int64_t now_s, struct arena *arena,
                      struct trust_admitted *admitted, struct error *error);

/*
 * The claims of all signatures that counted, into trust->claims; of one issuer for one repository, the
 * highest revision alone: it stands for those before it. What is not admitted is trust->claim_refused (the
 * first).
 */
void trust_claims_admit(const struct trust_signature *const *signatures, size_t count,
                        const struct trust_issuer *issuers, size_t issuer_count, int64_t now_s,
                        struct arena *arena, struct trust *trust);
