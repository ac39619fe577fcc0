/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: read strictly, opened only for an issuer whom the host knows and only when the signature counted.
 */
#include "unit.h"

#include "base/memory.h"
#include "trust/claim.h"

#define ALICE "0123456789ABCDEF0123456789ABCDEF01234567"
#define BOB   "89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define OTHER "FFFFFFFF0123456789ABCDEF0123456789ABCDEF"

#define POLICY "\"policy\":{\"thwart\":1}"
#define GOOD   "{\"version\":1,\"revision\":5," POLICY "}"

enum { NOW_S = 1780000000 /* 2026-05-28T20:26:40Z */ };

static struct error error;

static int read_claim(const char *text, struct arena *arena, const struct trust_claim **claim)
{
    const char *document = arena_format(arena, "{\"io.thwart.claim\":%s,\"creator\":\"me\"}", text);
    struct json_value *optional;

    assert_int_equal(json_read(document, strlen(document), "p", NULL, arena, &optional, &error), 0);
    return trust_claim_read(optional, arena, claim, &error);
}

static void members(void **state)
{
    static const struct {
        const char *text, *told; /* NULL: it is one */
    } cases[] = {
        {GOOD, NULL},
        {"{\"version\":1,\"revision\":2147483647,\"nbf\":\"2026-01-01\",\"exp\":\"2027-01-01\",\"policy\":{}"
         "}",
         NULL},
        {"{\"version\":1,\"revision\":1,\"nbf\":\"2026-01-01T00:00:00Z\",\"exp\":\"2026-01-01T00:00:"
         "01Z\"," POLICY "}",
         NULL},
        {"{\"version\":1,\"revision\":1,\"exp\":\"2001-01-01\"," POLICY "}", NULL}, /* admit's question */
        {"null", "expected an object"},
        {"[]", "expected an object"},
        {"\"x\"", "expected an object"},
        {"{}", "it lacks version"},
        {"{\"revision\":1," POLICY "}", "it lacks version"},
        {"{\"version\":1," POLICY "}", "it lacks revision"},
        {"{\"version\":1,\"revision\":1}", "it lacks policy"},
        {"{\"version\":2,\"revision\":1," POLICY "}", "version 1 alone"},
        {"{\"version\":\"1\",\"revision\":1," POLICY "}", "version 1 alone"},
        {"{\"version\":1.0,\"revision\":1," POLICY "}", "version 1 alone"},
        {"{\"version\":1,\"revision\":0," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":-1," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":1.5," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":1e1," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":2147483648," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":\"7\"," POLICY "}", "whole number from 1"},
        {"{\"version\":1,\"revision\":1,\"policy\":[]}", "policy must be an object"},
        {"{\"version\":1,\"revision\":1,\"policy\":null}", "policy must be an object"},
        {"{\"version\":1,\"revision\":1,\"policy\":\"web\"}", "policy must be an object"},
        {"{\"version\":1,\"revision\":1,\"nbf\":1767225600," POLICY "}", "must be strings"},
        {"{\"version\":1,\"revision\":1,\"exp\":null," POLICY "}", "must be strings"},
        {"{\"version\":1,\"revision\":1,\"exp\":\"soon\"," POLICY "}", "found soon"},
        {"{\"version\":1,\"revision\":1,\"exp\":\"2026-02-30\"," POLICY "}", "found 2026-02-30"},
        {"{\"version\":1,\"revision\":1,\"nbf\":\"2027-01-01\",\"exp\":\"2026-01-01\"," POLICY "}",
         "ends before it begins"},
        {"{\"version\":1,\"revision\":1,\"nbf\":\"2026-01-01\",\"exp\":\"2026-01-01\"," POLICY "}",
         "ends before it begins"},
        {"{\"version\":1,\"revision\":1,\"Exp\":\"2027-01-01\"," POLICY "}", "no such member: Exp"},
        {"{\"version\":1,\"revision\":1,\"iss\":\"me\"," POLICY "}", "no such member: iss"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        const struct trust_claim *claim = (const struct trust_claim *)1;
        int result = read_claim(cases[i].text, &arena, &claim);

        if (cases[i].told == NULL ? result != 0 || claim == NULL
                                  : result == 0 || claim != NULL || error.kind != ERROR_INVALID ||
                                        strstr(error.message, cases[i].told) == NULL)
            fail_msg("%s: %s", cases[i].text, result != 0 ? error.message : "is one");
    }
}

static void none(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_claim *claim = (const struct trust_claim *)1;
    struct json_value *optional;

    (void)state;
    assert_int_equal(trust_claim_read(NULL, &arena, &claim, &error), 0);
    assert_null(claim);
    assert_int_equal(json_read("{\"io.thwart.claims\":7}", 22, "p", NULL, &arena, &optional, &error), 0);
    assert_int_equal(trust_claim_read(optional, &arena, &claim, &error), 0);
    assert_null(claim);
}

/* ---- admitting ---- */

static const char *const alices[] = {OTHER, ALICE}, *const bobs[] = {BOB};
static const struct trust_least_revision by_repository[] = {
    {"docker.io/library/web", 6}, {"r.io/a", 5}, {NULL, 9}};
static const struct trust_least_revision general[] = {{NULL, 5}};

/* Nothing of what was refused may be seen. */
static void assert_nothing(const struct trust_admitted *admitted)
{
    static const struct trust_admitted nothing;

    assert_memory_equal(admitted, &nothing, sizeof(nothing));
}

static void admission(void **state)
{
    static const struct {
        const char *claim;
        struct trust_signature signature;
        struct trust_issuer issuer;
        const char *told; /* NULL: admitted */
    } cases[] = {
        {GOOD, {.good = true, .fingerprint = ALICE, .reference = "r.io/a:1"}, {"acme", alices, 2}, NULL},
        {GOOD,
         {.good = true, .fingerprint = "0123456789abcdef0123456789abcdef01234567", .reference = "r.io/a:1"},
         {"acme", alices, 2},
         NULL},
        /* The signature. */
        {GOOD, {.fingerprint = ALICE, .reference = "r.io/a:1"}, {"acme", alices, 2}, "is not believed"},
        {GOOD,
         {.good = true, .reason = "too old", .fingerprint = ALICE, .reference = "r.io/a:1"},
         {"acme", alices, 2},
         "is not believed: too old"},
        {GOOD, {.good = true, .reference = "r.io/a:1"}, {"acme", alices, 2}, "is not believed"},
        /* A subkey is no issuer: its primary key is. */
        {GOOD,
         {.good = true, .fingerprint = BOB, .key = ALICE, .reference = "r.io/a:1"},
         {"acme", alices, 2},
         "none of the issuers"},
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "r.io/a:1"},
         {"acme", alices, 2},
         "none of the issuers"},
        {GOOD,
         {.good = true, .fingerprint = ALICE, .reference = "r.io/a:1"},
         {"acme", alices, 0},
         "none of the issuers"},
        /* Revisions. */
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "r.io/b"},
         {"b", bobs, 1, .least_revisions = general, .least_revision_count = 1},
         NULL},
        {"{\"version\":1,\"revision\":4," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/b"},
         {"b", bobs, 1, .least_revisions = general, .least_revision_count = 1},
         "has revision 4, and r.io/b must have at least 5"},
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "r.io/a:2"},
         {"b", bobs, 1, .least_revisions = by_repository, .least_revision_count = 3},
         NULL},
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "web:2"},
         {"b", bobs, 1, .least_revisions = by_repository, .least_revision_count = 3},
         "docker.io/library/web must have at least 6"},
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "r.io/ab:2"},
         {"b", bobs, 1, .least_revisions = by_repository, .least_revision_count = 3},
         "must have at least 9"},
        {GOOD,
         {.good = true, .fingerprint = BOB, .reference = "r.io/A B"},
         {"b", bobs, 1},
         "no image that has a name"},
        {GOOD, {.good = true, .fingerprint = BOB}, {"b", bobs, 1}, "no image that has a name"},
        /* Times: now is in May 2026. */
        {"{\"version\":1,\"revision\":5,\"nbf\":\"2026-01-01\",\"exp\":\"2027-01-01\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         NULL},
        {"{\"version\":1,\"revision\":5,\"nbf\":\"2026-05-28T20:26:40Z\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         NULL},
        {"{\"version\":1,\"revision\":5,\"nbf\":\"2026-05-28T20:26:41Z\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         "not in force before 2026-05-28T20:26:41Z"},
        {"{\"version\":1,\"revision\":5,\"exp\":\"2026-05-28T20:26:41Z\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         NULL},
        {"{\"version\":1,\"revision\":5,\"exp\":\"2026-05-28T20:26:40Z\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         "ended on 2026-05-28T20:26:40Z"},
        {"{\"version\":1,\"revision\":5,\"exp\":\"2026-05-28\"," POLICY "}",
         {.good = true, .fingerprint = BOB, .reference = "r.io/a"},
         {"b", bobs, 1},
         "ended on 2026-05-28"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_signature signature = cases[i].signature;
        struct trust_admitted admitted;
        int result;

        memset(&admitted, 0xff, sizeof(admitted));
        assert_int_equal(read_claim(cases[i].claim, &arena, &signature.claim), 0);
        signature.where = "signature 1";
        result = trust_claim_admit(&signature, &cases[i].issuer, 1, NOW_S, &arena, &admitted, &error);
        if (cases[i].told != NULL) {
            if (result == 0 || error.kind != ERROR_UNTRUSTED || strstr(error.message, cases[i].told) == NULL)
                fail_msg("case %zu: %s", i, result != 0 ? error.message : "admitted");
            assert_nothing(&admitted);
            continue;
        }
        if (result != 0)
            fail_msg("case %zu: %s", i, error.message);
        assert_string_equal(admitted.issuer, cases[i].issuer.name);
        assert_string_equal(admitted.where, "signature 1");
        assert_int_equal(admitted.policy->type, JSON_OBJECT);
        assert_int_equal(admitted.revision, 5);
    }
}

static void issuers(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_issuer both[] = {{"acme", alices, 2, .ceiling = "web"}, {"b", bobs, 1}},
                              twice[] = {{"acme", alices, 2}, {"evil", alices + 1, 1}};
    struct trust_signature signature = {
        .where = "here", .good = true, .fingerprint = BOB, .reference = "busybox:1"};
    struct trust_admitted admitted;

    (void)state;
    assert_int_equal(read_claim(GOOD, &arena, &signature.claim), 0);
    assert_int_equal(trust_claim_admit(&signature, both, 2, NOW_S, &arena, &admitted, &error), 0);
    assert_string_equal(admitted.issuer, "b");
    assert_null(admitted.ceiling);
    assert_string_equal(admitted.reference, "docker.io/library/busybox:1");
    signature.fingerprint = ALICE;
    assert_int_equal(trust_claim_admit(&signature, both, 2, NOW_S, &arena, &admitted, &error), 0);
    assert_string_equal(admitted.ceiling, "web");
    /* Whose ceiling would it be? */
    assert_int_equal(trust_claim_admit(&signature, twice, 2, NOW_S, &arena, &admitted, &error), -1);
    assert_non_null(strstr(error.message, "two issuers"));
    assert_nothing(&admitted);
    assert_int_equal(trust_claim_admit(&signature, NULL, 0, NOW_S, &arena, &admitted, &error), -1);
    assert_int_equal(error.kind, ERROR_UNTRUSTED);
    signature.claim = NULL;
    assert_int_equal(trust_claim_admit(&signature, both, 2, NOW_S, &arena, &admitted, &error), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
    assert_nothing(&admitted);
}

/* ---- several signatures ---- */

#define CLAIM(revision) "{\"version\":1,\"revision\":" #revision "," POLICY "}"

/* Revisions that are admitted, in their order, for what is signed: {claim, key, name}. */
static void several(void **state)
{
    static const struct {
        struct {
            const char *claim, *key, *reference;
        } signatures[3];
        const char *admitted, *refused;
    } cases[] = {
        {{{NULL, ALICE, "r.io/a:1"}}, "", NULL},
        {{{NULL, ALICE, "r.io/a:1"}, {CLAIM(5), ALICE, "r.io/a:1"}}, " 5", NULL},
        {{{CLAIM(5), ALICE, "r.io/a:1"}, {CLAIM(6), BOB, "r.io/a:1"}}, " 5 6", NULL},
        /* The author's newest word on this repository, whatever comes first; both of one revision. */
        {{{CLAIM(5), ALICE, "r.io/a:1"}, {CLAIM(6), ALICE, "r.io/a:2"}}, " 6", NULL},
        {{{CLAIM(6), ALICE, "r.io/a:1"}, {CLAIM(5), OTHER, "r.io/a"}}, " 6", NULL},
        {{{CLAIM(5), ALICE, "r.io/a:1"}, {CLAIM(5), ALICE, "r.io/a:2"}}, " 5 5", NULL},
        {{{CLAIM(5), ALICE, "r.io/a:1"}, {CLAIM(6), ALICE, "r.io/b:1"}}, " 5 6", NULL},
        /* Of one that is replaced the least revision asks nothing; of the newest it does. */
        {{{CLAIM(1), BOB, "r.io/a:1"}, {CLAIM(5), BOB, "r.io/a:1"}}, " 5", NULL},
        {{{CLAIM(1), BOB, "r.io/a:1"}, {CLAIM(3), BOB, "r.io/a:1"}}, "", "has revision 3"},
        /* Nobody else's word replaces it, and a stranger's is not passed over. */
        {{{CLAIM(5), ALICE, "r.io/a:1"}, {CLAIM(9), "EEEEEEEE0123456789ABCDEF0123456789ABCDEF", "r.io/a:1"}},
         " 5",
         "none of the issuers"},
        {{{CLAIM(5), ALICE, "r.io/a:1"},
          {"{\"version\":1,\"revision\":6,\"exp\":\"2020-01-01\"," POLICY "}", ALICE, "r.io/a:1"}},
         "",
         "ended on 2020-01-01"},
    };
    const struct trust_issuer both[] = {
        {"acme", alices, 2}, {"b", bobs, 1, .least_revisions = general, .least_revision_count = 1}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_signature signatures[3];
        const struct trust_signature *counting[3];
        struct trust trust = trust_of_nothing();
        const char *admitted = "";
        size_t count = 0;

        for (; count < 3 && cases[i].signatures[count].key != NULL; count++) {
            signatures[count] = (struct trust_signature){.where = "here",
                                                         .good = true,
                                                         .fingerprint = cases[i].signatures[count].key,
                                                         .reference = cases[i].signatures[count].reference};
            counting[count] = &signatures[count];
            if (cases[i].signatures[count].claim != NULL)
                assert_int_equal(
                    read_claim(cases[i].signatures[count].claim, &arena, &signatures[count].claim), 0);
        }
        trust_claims_admit(counting, count, both, 2, NOW_S, &arena, &trust);
        for (size_t k = 0; k < trust.claim_count; k++)
            admitted =
                arena_format(&arena, "%s %llu", admitted, (unsigned long long)trust.claims[k].revision);
        if (strcmp(admitted, cases[i].admitted) != 0 ||
            (cases[i].refused == NULL
                 ? trust.claim_refused != NULL
                 : trust.claim_refused == NULL || strstr(trust.claim_refused, cases[i].refused) == NULL))
            fail_msg("case %zu:%s; %s", i, admitted, trust.claim_refused != NULL ? trust.claim_refused : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members), cmocka_unit_test(none),    cmocka_unit_test(admission),
        cmocka_unit_test(issuers), cmocka_unit_test(several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
