/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is proven about an image, written down in a row of a table. */
#pragma once

#include "policy_fixture.h"

#include "trust/binding.h"

#define SIGNED  "'signature': {'keys': ['/a.asc']}"
#define KEY_ONE "0123456789ABCDEF0123456789ABCDEF01234567"
#define KEY_TWO "89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define HEX     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST  "sha256:" HEX
#define OTHER   "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

enum { VERDICTS_MAX = 8 };

/* ---- what is proven ---- */

struct facts {
    const char
        *verdicts;    /* one for each requirement of the policies, in their order: '+', '-', '?' unasked */
    char host;        /* the same, by thwart.json's keyrings */
    const char *name; /* what the first met one attests; NULL: web:1 */
    enum trust_level level;
    const char *digest, *level_reason, *claim_refused;
    size_t differences;
    const char *seal;  /* the level was reached by this list */
    const char *seals; /* lists that each requirement's signatures sign, a character each; ' ': none */
    char host_seal;
    enum trust_level unsealed; /* with seal: without the list */
};

struct proof {
    struct trust trust;
    struct trust_requirement asked[VERDICTS_MAX];
    struct trust_verdict verdicts[VERDICTS_MAX];
    struct trust_name names[VERDICTS_MAX];
    char seal_text[VERDICTS_MAX][2];
    const char *seals[VERDICTS_MAX];
};

/* verdict 'o': met, as anything is accepted. */
static inline void add_verdict(struct proof *proof, const struct trust_requirement *written, char verdict,
                               char seal, const char *name)
{
    const size_t at = proof->trust.verdict_count;
    struct trust_requirement *asked = &proof->asked[at];

    if (verdict != '+' && verdict != '-' && verdict != 'o')
        return;
    assert_true(at < VERDICTS_MAX);
    if (written != NULL)
        *asked = *written;
    asked->stands_for = written;
    asked->of_host = written == NULL;
    proof->verdicts[at] = (struct trust_verdict){
        .requirement = asked,
        .met = verdict != '-',
        .reason = verdict != '-' ? "signed by ABCD" : "no signature was found",
        .reference = verdict == '+' ? name : NULL,
        .seals = &proof->seals[at],
        .seal_count = seal != ' ' && seal != '\0',
    };
    proof->seal_text[at][0] = seal;
    proof->seals[at] = proof->seal_text[at];
    proof->trust.verdict_count++;
    if (verdict == '+')
        proof->names[proof->trust.name_count++] = (struct trust_name){name, asked};
}

static inline void prove(struct proof *proof, const struct facts *facts, const struct policy *const *policies,
                         size_t count)
{
    static const struct trust_difference differences[] = {{TRUST_CHANGED, "/usr/bin/x", "contents"},
                                                          {TRUST_ADDED, "/etc/evil\n", "layer 2"},
                                                          {TRUST_MISSING, "/bin/sh", ""},
                                                          {TRUST_CHANGED, "/a", "mode 0755, signed 0644"},
                                                          {TRUST_CHANGED, "/b", NULL},
                                                          {TRUST_CHANGED, "/c", NULL},
                                                          {TRUST_CHANGED, "/d", NULL}};
    const char *name = facts->name != NULL ? facts->name : "registry.example.com/web/app:1";
    const char *verdict = facts->verdicts != NULL ? facts->verdicts : "";
    const char *seal = facts->seals != NULL ? facts->seals : "        ";

    *proof = (struct proof){.trust = trust_of_nothing()};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < policies[i]->image.signature.count; k++)
            if (*verdict != '\0')
                add_verdict(proof, &policies[i]->image.signature.items[k].requirement, *verdict++, *seal++,
                            name);
    add_verdict(proof, NULL, facts->host, facts->host_seal, name);
    proof->trust.verdicts = proof->verdicts;
    proof->trust.names = proof->names;
    proof->trust.level = facts->level;
    proof->trust.seal = facts->seal;
    proof->trust.unsealed_level = facts->seal != NULL ? facts->unsealed : facts->level;
    proof->trust.manifest_digest = facts->digest;
    proof->trust.found = facts->digest != NULL ? "containers-storage image 0123" : "";
    proof->trust.level_reason = facts->level_reason != NULL ? facts->level_reason : "";
    proof->trust.claim_refused = facts->claim_refused;
    assert_true(facts->differences <= ARRAY_LENGTH(differences));
    proof->trust.differences = differences;
    proof->trust.difference_count = facts->differences;
    proof->trust.differences_more = facts->differences == ARRAY_LENGTH(differences) ? 15 : 0;
}
