/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What policies say of what is proven about an image: rules TW0101 to TW0104. */
#include "policy_proof.h"

/* ---- rules ---- */

struct image_row {
    const char *policies[3]; /* their section "image", and more behind it */
    struct facts facts;
    const char *findings, *says; /* says: a piece of the first finding's reason, or of what it requested */
};

static void check_row(size_t number, const struct image_row *row)
{
    struct fixture fixture = {0};
    const struct policy *policies[3];
    struct proof proof;
    size_t count = 0;

    for (; count < ARRAY_LENGTH(row->policies) && row->policies[count] != NULL; count++) {
        fixture_policy(&fixture, arena_format(&fixture.arena, "'image': %s", row->policies[count]));
        policies[count] = fixture.applied[count].policy;
    }
    prove(&proof, &row->facts, policies, count);
    fixture.trust = &proof.trust;
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    if (strcmp(fixture_findings(&fixture), row->findings) != 0)
        fail_msg("row %zu: %s\nexpected\n%s\nfound\n%s", number, row->policies[0], row->findings,
                 fixture_findings(&fixture));
    if (row->says != NULL) {
        const struct policy_finding *finding = &fixture.decision.findings[0];

        assert_true(fixture.decision.finding_count > 0);
        if (strstr(finding->reason, row->says) == NULL && strstr(finding->requested, row->says) == NULL)
            fail_msg("row %zu: \"%s\" is not in\n%s\n%s", number, row->says, finding->reason,
                     finding->requested);
        assert_null(strchr(finding->reason, '\n'));
        assert_true(finding->allow[0] != '\0');
    }
    fixture_end(&fixture);
}

static void check_rows(const struct image_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(i, &rows[i]);
}

static void signatures(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED "}"}, {"+", .digest = DIGEST}, "", NULL},
        {{"{" SIGNED "}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "the image must be signed: no signature was found"},
        {{"{" SIGNED "}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         DIGEST " (containers-storage image"},
        {{"{" SIGNED "}"}, {"-"}, "refused TW0101 / a\n", "an unknown image"},
        /* Nobody looked: nothing is proven. */
        {{"{" SIGNED "}"}, {"?"}, "refused TW0101 / a\n", "nothing is proven about this bundle"},
        {{"{" SIGNED "}"}, {"?", .digest = DIGEST}, "refused TW0101 / a\n", "nobody looked"},
        /* The host's keys are not the policy's. */
        {{"{" SIGNED "}"}, {"?", .host = '+', .digest = DIGEST}, "refused TW0101 / a\n", "nobody looked"},
        {{"{" SIGNED "}"}, {"-", .host = '+', .digest = DIGEST}, "refused TW0101 / a\n", NULL},
        /* Neither is what makes others content. */
        {{"{" SIGNED "}", "{'signature': {'keys': ['/b.asc']}}"},
         {"-+", .digest = DIGEST},
         "refused TW0101 / a\n",
         NULL},
        {{"{" SIGNED "}", "{'signature': {'keys': ['/b.asc']}}"},
         {"--", .digest = DIGEST},
         "refused TW0101 / a\nrefused TW0101 / b\n",
         NULL},
        /* Several: all of them. */
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}, {'trust': 'policy.json'}]}"},
         {"+++", .digest = DIGEST},
         "",
         NULL},
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}, {'trust': 'policy.json'}]}"},
         {"-+-", .digest = DIGEST},
         "refused TW0101 / a/0\nrefused TW0101 / a/2\n",
         NULL},
        {{"{'signature': {'trust': 'policy.json'}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "must be accepted by /etc/containers/policy.json"},
        {{"{'signature': {'fingerprints': ['" KEY_ONE "', '" KEY_TWO "'], 'keys': ['/a.asc']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "signed by 2 of 2 keys"},
        {{"{'signature': {'require': 3, 'keys': ['/a.asc']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "signed by 3 keys"},
        /* No source of keys at all. */
        {{"{'signature': {'fingerprints': ['" KEY_ONE "']}}"},
         {"-", .digest = DIGEST},
         "refused TW0101 / a\n",
         "no keys are named: neither \"keys\" in the policy nor \"keyrings\" in thwart.json"},
        /* Audit mode, of the rule or of the policy, refuses nobody. */
        {{"{'signature': {'keys': ['/a.asc'], 'mode': 'audit'}}"},
         {"-", .digest = DIGEST},
         "would-refuse TW0101 / a\n",
         NULL},
        {{"{'signature': {'value': [{'keys': ['/a.asc']}], 'mode': 'audit'}}"},
         {"-"},
         "would-refuse TW0101 / a\n",
         NULL},
        {{"{'signature': {'keys': ['/a.asc']}, 'digests': [], 'integrity': 'bound-verity'}, 'mode': 'audit'"},
         {"-"},
         "would-refuse TW0101 / a\nwould-refuse TW0102 /\nwould-refuse TW0103 / a/bound-verity\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void digests(void **state)
{
    static const struct image_row rows[] = {
        {{"{'digests': ['" OTHER "', '" DIGEST "']}"}, {"", .digest = DIGEST}, "", NULL},
        {{"{'digests': ['" OTHER "']}"}, {"", .digest = DIGEST}, "refused TW0102 /\n", "and has " DIGEST},
        {{"{'digests': ['" DIGEST "']}"}, {""}, "refused TW0102 /\n", "nothing is proven about this bundle"},
        {{"{'digests': ['" DIGEST "']}"},
         {"", .level_reason = "docker keeps no manifests"},
         "refused TW0102 /\n",
         "listed digests: docker keeps no manifests"},
        {{"{'digests': []}"}, {"", .digest = DIGEST}, "refused TW0102 /\n", NULL},
        /* Each list by itself. */
        {{"{'digests': ['" DIGEST "']}", "{'digests': ['" OTHER "']}"},
         {"", .digest = DIGEST},
         "refused TW0102 /\n",
         NULL},
        {{"{'digests': {'value': ['" OTHER "'], 'mode': 'audit'}}"},
         {"", .digest = DIGEST},
         "would-refuse TW0102 /\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void integrity(void **state)
{
    static const struct image_row rows[] = {
        {{"{'integrity': 'none'}"}, {""}, "granted TW0001 /\n", NULL},
        {{"{" SIGNED ", 'integrity': 'none'}"}, {"+", .digest = DIGEST}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest-only'}"}, {"+", .level = TRUST_MANIFEST_ONLY}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest'}"}, {"+", .level = TRUST_BOUND_WALK}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'manifest'}"}, {"+", .level = TRUST_BOUND_VERITY}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'bound-layers'}"}, {"+", .level = TRUST_BOUND_LAYERS}, "", NULL},
        {{"{" SIGNED ", 'integrity': 'bound-layers'}"},
         {"+", .level = TRUST_BOUND_WALK, .level_reason = "the upper directory is not empty"},
         "refused TW0103 / bound-layers\n",
         "(bound-layers), and are proven as bound-walk: the upper directory is not empty"},
        {{"{" SIGNED ", 'integrity': 'bound-verity'}"},
         {"+", .level = TRUST_BOUND_LAYERS, .level_reason = "r"},
         "refused TW0103 / bound-verity\n",
         NULL},
        /* Files are named, not all of them, and on one line. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .level_reason = "3 files differ", .differences = 3},
         "refused TW0103 / bound-walk\n",
         "3 files differ; /usr/bin/x was changed (contents); /etc/evil\\x0a was added (layer 2); /bin/sh is "
         "missing"},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .level_reason = "files differ", .differences = 7},
         "refused TW0103 / bound-walk\n",
         "; /b was changed; and 17 more"},
        /* Its own signers vouch for the manifest, nobody else's. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"-", .host = '+', .level = TRUST_BOUND_VERITY},
         "refused TW0101 / a\nrefused TW0103 / a/bound-walk\n",
         NULL},
        {{"{'integrity': 'bound-walk'}", "{" SIGNED "}"},
         {"+", .level = TRUST_BOUND_VERITY},
         "refused TW0103 / a/bound-walk\n",
         "the policy names neither signers nor digests, and thwart.json no \"keyrings\""},
        {{"{'integrity': 'bound-walk'}", "{'digests': ['" DIGEST "']}"},
         {"", .level = TRUST_BOUND_VERITY, .digest = DIGEST},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        {{"{'integrity': 'bound-walk'}"}, {"", .host = '+', .level = TRUST_BOUND_WALK}, "", NULL},
        {{"{'integrity': 'bound-walk'}"},
         {"", .host = '-', .level = TRUST_BOUND_WALK},
         "refused TW0103 / a/bound-walk\n",
         "by thwart.json's keyrings: no signature was found"},
        /* A digest is a root as well. */
        {{"{'digests': ['" DIGEST "'], 'integrity': 'bound-walk'}"},
         {"", .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "",
         NULL},
        {{"{'digests': ['" OTHER "'], 'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "refused TW0102 /\nrefused TW0103 / a/bound-walk\n",
         NULL},
        /* A signer on trial vouches for nothing that he did not sign. */
        {{"{'signature': {'keys': ['/a.asc'], 'mode': 'audit'}, 'integrity': 'bound-walk'}"},
         {"-", .level = TRUST_BOUND_WALK},
         "refused TW0103 / a/bound-walk\nwould-refuse TW0101 / a\n",
         NULL},
        {{"{" SIGNED ", 'integrity': {'value': 'bound-walk', 'mode': 'audit'}}"},
         {"+", .level = TRUST_MANIFEST_ONLY, .digest = DIGEST},
         "would-refuse TW0103 / bound-walk\n",
         NULL},
        /* The highest of several counts, each by itself. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}", "{" SIGNED ", 'integrity': 'bound-layers'}"},
         {"++", .level = TRUST_BOUND_WALK, .digest = DIGEST},
         "refused TW0103 / bound-layers\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

/* A list of files proves something to those alone who accept its signer. */
static void lists_of_others(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_BOUND_WALK, .seal = "1", .seals = "1", .unsealed = TRUST_MANIFEST_ONLY},
         "",
         NULL},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}"},
         {"+", .level = TRUST_BOUND_WALK, .seal = "1", .seals = "2", .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         "and are proven as manifest-only: the list of files is signed by nobody whom the policy accepts"},
        {{"{" SIGNED ", 'integrity': 'bound-walk'}",
          "{'signature': {'keys': ['/b.asc']}, 'integrity': 'bound-verity'}"},
         {"++", .level = TRUST_BOUND_VERITY, .seal = "1", .seals = " 1", .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* The layers go by the manifest, which both signed. */
        {{"{" SIGNED ", 'integrity': 'bound-walk'}",
          "{'signature': {'keys': ['/b.asc']}, 'integrity': 'bound-verity'}"},
         {"++", .level = TRUST_BOUND_VERITY, .seal = "1", .seals = " 1", .unsealed = TRUST_BOUND_LAYERS},
         "",
         NULL},
        {{"{'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .host_seal = '1'},
         "",
         NULL},
        {{"{'integrity': 'bound-walk'}", "{'signature': {'keys': ['/b.asc']}}"},
         {"+", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .seals = "1",
          .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* A digest names a manifest and no list. */
        {{"{'digests': ['" DIGEST "'], 'integrity': 'bound-walk'}"},
         {"", .host = '+', .level = TRUST_BOUND_WALK, .seal = "1", .host_seal = '1', .digest = DIGEST,
          .unsealed = TRUST_MANIFEST_ONLY},
         "refused TW0103 / a/bound-walk\n",
         NULL},
        /* One of several signers is enough. */
        {{"{'signature': [{'keys': ['/a.asc']}, {'keys': ['/b.asc']}], 'integrity': 'bound-walk'}"},
         {"++", .level = TRUST_BOUND_WALK, .seal = "1", .seals = " 1", .unsealed = TRUST_MANIFEST_ONLY},
         "",
         NULL},
        /* Who accepts anything has nobody who vouches. */
        {{"{'signature': {'trust': 'policy.json'}, 'integrity': 'bound-walk'}", "{" SIGNED "}"},
         {"o+", .level = TRUST_BOUND_LAYERS},
         "refused TW0103 / a/bound-walk\n",
         "accepts anything, and vouches for nothing"},
        {{"{'signature': [{'trust': 'policy.json'}, {'keys': ['/a.asc']}], 'integrity': 'bound-walk'}"},
         {"o+", .level = TRUST_BOUND_LAYERS},
         "",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void a_refused_claim(void **state)
{
    static const struct image_row rows[] = {
        {{"{" SIGNED "}"},
         {"+", .digest = DIGEST, .claim_refused = "signature 1: the claim has expired"},
         "refused TW0104 /\n",
         "signature 1: the claim has expired"},
        /* Whoever has no bound gets none by an author's that is broken. */
        {{"{'integrity': 'none'}"},
         {"", .claim_refused = "older than revision 7"},
         "refused TW0104 /\ngranted TW0001 /\n",
         NULL},
    };

    (void)state;
    check_rows(rows, ARRAY_LENGTH(rows));
}

static void a_waiver_lets_pass(void **state)
{
    struct fixture fixture = {0};
    const struct facts facts = {"-", .digest = DIGEST};
    struct proof proof;
    const struct policy *policy;

    (void)state;
    fixture_policy(&fixture, "'image': {" SIGNED "}");
    policy = fixture.applied[0].policy;
    prove(&proof, &facts, &policy, 1);
    fixture.trust = &proof.trust;
    fixture.waivers[0] = (struct policy_waiver){
        .file = "w.json", .rule = "TW0101", .subject = "a", .owner = "me", .reason = "r", .expires_s = 10};
    fixture.set.waivers = fixture.waivers;
    fixture.set.waiver_count = 1;
    fixture_request(&fixture, "", "", "");
    fixture_decide(&fixture);
    fixture_expect(&fixture, "granted TW0101 / a\n");
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),      cmocka_unit_test(digests),
        cmocka_unit_test(integrity),       cmocka_unit_test(lists_of_others),
        cmocka_unit_test(a_refused_claim), cmocka_unit_test(a_waiver_lets_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
