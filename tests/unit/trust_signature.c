/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requirements, with a gpg that says what the test wishes: how many keys, which, when, over what. */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "trust/payload.h"
#include "trust/signature.h"

#define DIGEST "sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define OTHER  "sha256:16c00c6ffa7f5c9548a87467e30ee2bbb429d1ff74fe792322a948534b0bd13b"
#define KEY_A  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B  "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define KEY_C  "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define NAME   "r.io/a:1"

enum { NOW_S = 1800000000, DAY_S = 86400 };

static struct error error;

/* One signature as the fake sees it: the blob's last byte says which. */
struct made {
    const char *key, *primary; /* primary NULL: the same */
    int64_t created_s;
    enum trust_gpg_status status;
    const char *name, *digest; /* NULL: the usual */
    const char *payload;       /* NULL: a proper one */
    int64_t timestamp_s;       /* 0: as created */
    size_t signatures;         /* 0: one */
};

struct fake {
    const struct made *made;
    size_t asked;
    bool fails;
};

static int fake_verify(void *context, const struct trust_keyring *keyrings, size_t keyring_count,
                       const void *signature, size_t length, struct arena *arena,
                       struct trust_gpg_answer *answer, struct error *failure)
{
    struct fake *fake = context;
    const struct made *made = &fake->made[((const uint8_t *)signature)[length - 1]];
    struct trust_gpg_signature *found = arena_array(arena, 2, sizeof(*found));
    char *bytes = arena_allocate(arena, 4096);
    struct text text = text_over(bytes, 4096);

    assert_int_equal(keyring_count, 1);
    assert_string_equal(keyrings[0].path, "/ring");
    fake->asked++;
    if (fake->fails)
        return error_set(failure, ERROR_LIMIT, "gpg hangs");
    found[0] = (struct trust_gpg_signature){
        .status = made->status,
        .fingerprint = made->key,
        .primary = made->primary != NULL ? made->primary : made->key,
        .created_s = made->created_s,
        .words = "",
    };
    found[1] = found[0];
    trust_payload_encode(&text, made->name != NULL ? made->name : NAME,
                         made->digest != NULL ? made->digest : DIGEST,
                         made->timestamp_s != 0 ? made->timestamp_s : made->created_s, NULL);
    *answer = (struct trust_gpg_answer){.signatures = found,
                                        .count = made->signatures != 0 ? made->signatures - 1 : 1};
    if (made->status == TRUST_GPG_GOOD) {
        answer->payload = made->payload != NULL ? made->payload : bytes;
        answer->payload_length = strlen(answer->payload);
    }
    return 0;
}

/* Judge count of them, in order. */
struct judged {
    struct arena arena;
    struct trust_verdict verdict;
    const struct trust_signature *signatures;
    size_t count, asked;
    int result;
};

static void judge(struct judged *judged, const struct trust_requirement *changes, const struct made *made,
                  size_t count)
{
    static const struct trust_keyring ring = {.path = "/ring"};
    struct trust_reference image;
    struct trust_subject subject = {.manifest_digest = DIGEST, .image = &image, .now_s = NOW_S};
    struct trust_requirement requirement = *changes;
    struct trust_blob *blobs;
    struct fake fake = {.made = made};
    const struct trust_gpg gpg = {fake_verify, &fake};

    *judged = (struct judged){0};
    blobs = arena_array(&judged->arena, count, sizeof(*blobs));
    assert_int_equal(trust_reference_parse(NAME, &judged->arena, &image, &error), 0);
    requirement.name = "policy test";
    requirement.keyrings = &ring;
    requirement.keyring_count = 1;
    if (requirement.needed == 0)
        requirement.needed = 1;
    for (size_t i = 0; i < count; i++) {
        /* One pass, data, signature; the last byte tells the fake which it is. */
        const uint8_t message[] = {0x90, 1, 0, 0xac, 1, 0, 0x88, 1, (uint8_t)i};

        blobs[i] = (struct trust_blob){arena_format(&judged->arena, "signature-%zu", i + 1),
                                       arena_copy(&judged->arena, (const char *)message, sizeof(message)),
                                       sizeof(message)};
    }
    judged->result = trust_requirement_judge(&requirement, &subject, blobs, count, &gpg, &judged->arena,
                                             &judged->verdict, &judged->signatures, &judged->count, &error);
    judged->asked = fake.asked;
}

static void is_met(const struct trust_requirement *requirement, const struct made *made, size_t count,
                   const char *words)
{
    struct judged judged;

    judge(&judged, requirement, made, count);
    assert_int_equal(judged.result, 0);
    if (!judged.verdict.met || strstr(judged.verdict.reason, words) == NULL)
        fail_msg("%s", judged.verdict.reason);
    assert_non_null(judged.verdict.reference);
    assert_null(strchr(judged.verdict.reason, '\n'));
    arena_free(&judged.arena);
}

static void is_unmet(const struct trust_requirement *requirement, const struct made *made, size_t count,
                     const char *words)
{
    struct judged judged;

    judge(&judged, requirement, made, count);
    assert_int_equal(judged.result, 0);
    if (judged.verdict.met || strstr(judged.verdict.reason, words) == NULL)
        fail_msg("%s", judged.verdict.reason);
    assert_null(strchr(judged.verdict.reason, '\n'));
    arena_free(&judged.arena);
}

static void one_good_signature_is_enough(void **state)
{
    static const struct trust_requirement any = {0};
    const struct made good = {.key = KEY_A, .created_s = NOW_S - DAY_S};
    struct judged judged;

    (void)state;
    is_met(&any, &good, 1, "signed by " KEY_A " as " NAME " on 2027-01-14 08:00:00 UTC");
    is_unmet(&any, NULL, 0, "no signature was found");
    judge(&judged, &any, &good, 1);
    assert_true(judged.signatures[0].good);
    assert_null(judged.signatures[0].reason);
    assert_null(judged.signatures[0].note);
    assert_string_equal(judged.signatures[0].reference, NAME);
    assert_string_equal(judged.signatures[0].digest, DIGEST);
    arena_free(&judged.arena);
}

static void each_state_of_a_signature_has_its_reason(void **state)
{
    static const struct {
        struct made made;
        const char *words;
    } cases[] = {
        {{.key = KEY_A, .status = TRUST_GPG_BAD},
         "signature-1: the signature does not fit its data (key " KEY_A ")"},
        {{.key = KEY_A, .status = TRUST_GPG_NO_KEY}, "not in the keyrings"},
        {{.key = KEY_A, .status = TRUST_GPG_EXPIRED}, "the signature has expired"},
        {{.key = KEY_A, .status = TRUST_GPG_KEY_EXPIRED}, "its key has expired"},
        {{.key = KEY_A, .status = TRUST_GPG_KEY_REVOKED}, "its key was revoked"},
        {{.key = KEY_A, .status = TRUST_GPG_KEY_UNUSABLE}, "not one for signing"},
        {{.key = KEY_A, .status = TRUST_GPG_WEAK}, "a weak one"},
        {{.key = KEY_A, .status = TRUST_GPG_ERROR}, "gpg cannot judge it"},
        {{.key = KEY_A, .signatures = 1}, "it has 0 signatures"},
        {{.key = KEY_A, .signatures = 3}, "it has 2 signatures"},
        {{.status = TRUST_GPG_GOOD}, "which key made it"},
        {{.key = KEY_A, .created_s = NOW_S + DAY_S},
         "it is dated 2027-01-16 08:00:00 UTC, which is still to come"},
        {{.key = KEY_A, .created_s = NOW_S, .digest = OTHER}, "it is about the manifest " OTHER},
        {{.key = KEY_A, .created_s = NOW_S, .name = "r.io/b:1"}, "it is signed as r.io/b:1"},
        {{.key = KEY_A, .created_s = NOW_S, .name = "R.io/B"}, "the signed name: "},
        {{.key = KEY_A, .created_s = NOW_S, .payload = "{}"}, "what it signs:1:1"},
        {{.key = KEY_A, .created_s = NOW_S, .payload = "\x1b[31m\n"}, "what it signs:1:1"},
    };
    static const struct trust_requirement any = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        is_unmet(&any, &cases[i].made, 1, cases[i].words);
}

static void clocks_may_differ_a_little(void **state)
{
    static const struct trust_requirement any = {0};
    const struct made soon = {.key = KEY_A, .created_s = NOW_S + 60};

    (void)state;
    is_met(&any, &soon, 1, "signed by");
}

static void what_is_no_message_never_reaches_gpg(void **state)
{
    static const struct trust_keyring ring = {.path = "/ring"};
    const struct trust_requirement requirement = {
        .name = "x", .needed = 1, .keyrings = &ring, .keyring_count = 1};
    const struct trust_subject subject = {.manifest_digest = DIGEST, .now_s = NOW_S};
    const struct trust_blob blob = {"here", "{}", 2};
    cleanup_arena struct arena arena = {0};
    const struct trust_signature *signatures;
    struct trust_verdict verdict;
    struct fake fake = {0};
    const struct trust_gpg gpg = {fake_verify, &fake};
    size_t count;

    (void)state;
    assert_int_equal(trust_requirement_judge(&requirement, &subject, &blob, 1, &gpg, &arena, &verdict,
                                             &signatures, &count, &error),
                     0);
    assert_false(verdict.met);
    assert_non_null(strstr(verdict.reason, "here: it is no binary OpenPGP message"));
    assert_int_equal(fake.asked, 0);
    /* Nor is it asked for nothing, or when nobody could have signed. */
    {
        const struct trust_requirement keyless = {.name = "x", .needed = 0};
        const struct made good = {.key = KEY_A, .created_s = NOW_S};

        fake.made = &good;
        assert_int_equal(trust_requirement_judge(&keyless, &subject, &blob, 1, &gpg, &arena, &verdict,
                                                 &signatures, &count, &error),
                         0);
        assert_false(verdict.met);
        assert_non_null(strstr(verdict.reason, "no keys are named"));
        assert_int_equal(fake.asked, 0);
    }
}

static void keys_are_counted_not_signatures(void **state)
{
    static const struct trust_requirement two = {.needed = 2};
    const struct made same[] = {{.key = KEY_A, .created_s = NOW_S},
                                {.key = KEY_A, .created_s = NOW_S - 5},
                                /* another subkey of the same person */
                                {.key = KEY_C, .primary = KEY_A, .created_s = NOW_S - 9}};
    const struct made different[] = {{.key = KEY_A, .created_s = NOW_S},
                                     {.key = KEY_B, .created_s = NOW_S, .status = TRUST_GPG_BAD},
                                     {.key = KEY_B, .created_s = NOW_S}};

    (void)state;
    is_unmet(&two, same, 3, "1 of 2 keys signed it");
    is_unmet(&two, same, 3, "the key " KEY_A " is counted already");
    is_met(&two, different, 3, "and by " KEY_B);
    is_unmet(&two, different, 2, "1 of 2 keys signed it");
}

static void only_listed_keys_count(void **state)
{
    static const char *const one[] = {KEY_B}, *const both[] = {KEY_A, KEY_B};
    const struct trust_requirement listed = {.fingerprints = one, .fingerprint_count = 1};
    const struct trust_requirement each = {
        .needed = 2, .fingerprints = both, .fingerprint_count = 2, .each_fingerprint = true};
    const struct made by_a = {.key = KEY_A, .created_s = NOW_S};
    const struct made by_b = {.key = KEY_B, .created_s = NOW_S};
    const struct made by_subkey = {.key = KEY_C, .primary = KEY_B, .created_s = NOW_S};
    const struct made subkey_listed = {.key = KEY_B, .primary = KEY_C, .created_s = NOW_S};
    const struct made all[] = {{.key = KEY_A, .created_s = NOW_S}, {.key = KEY_B, .created_s = NOW_S}};

    (void)state;
    is_unmet(&listed, &by_a, 1, "its key " KEY_A " is none of those listed");
    is_met(&listed, &by_b, 1, "signed by " KEY_B);
    is_met(&listed, &by_subkey, 1, "signed by " KEY_B);
    is_unmet(&listed, &subkey_listed, 1, "none of those listed");
    is_met(&each, all, 2, "and by " KEY_B);
    is_unmet(&each, all, 1, "1 of 2 keys signed it; not " KEY_B);
}

static void age_has_a_bound(void **state)
{
    static const struct trust_requirement month = {.max_age_s = 30 * DAY_S};
    const struct made young = {.key = KEY_A, .created_s = NOW_S - 30 * DAY_S};
    const struct made old = {.key = KEY_A, .created_s = NOW_S - 30 * DAY_S - 1};
    /* What somebody writes into the payload makes it no younger. */
    const struct made painted = {.key = KEY_A, .created_s = NOW_S - 400 * DAY_S, .timestamp_s = NOW_S};

    (void)state;
    is_met(&month, &young, 1, "signed by");
    is_unmet(&month, &old, 1, "30 days ago, and at most 30 days are allowed");
    is_unmet(&month, &painted, 1, "400 days ago");
}

static void dates_that_differ_are_noted(void **state)
{
    static const struct trust_requirement any = {0};
    const struct made old_payload = {.key = KEY_A, .created_s = NOW_S, .timestamp_s = NOW_S - DAY_S};
    const struct made far = {.key = KEY_A, .created_s = NOW_S, .timestamp_s = INT64_MIN};
    struct judged judged;

    (void)state;
    judge(&judged, &any, &old_payload, 1);
    assert_true(judged.verdict.met);
    assert_string_equal(judged.signatures[0].note,
                        "made 2027-01-15 08:00:00 UTC, although it says 2027-01-14 08:00:00 UTC");
    arena_free(&judged.arena);
    judge(&judged, &any, &far, 1);
    assert_true(judged.verdict.met);
    assert_non_null(judged.signatures[0].note);
    arena_free(&judged.arena);
}

static void one_identity_of_several_is_enough(void **state)
{
    static const struct trust_identity_rule rules[] = {{TRUST_EXACT_REFERENCE, "r.io/x:1", NULL},
                                                       {TRUST_MATCH_PATTERN, "r.io/y:*", NULL}};
    const struct trust_requirement either = {.identities = rules, .identity_count = 2};
    const struct made y = {.key = KEY_A, .created_s = NOW_S, .name = "r.io/y:7"};
    const struct made z = {.key = KEY_A, .created_s = NOW_S, .name = "r.io/z:7"};

    (void)state;
    is_met(&either, &y, 1, "as r.io/y:7");
    is_unmet(&either, &z, 1, "fits none of the 2 identities");
}

static void it_stops_when_it_is_met(void **state)
{
    static const struct trust_requirement any = {0};
    const struct made made[] = {{.key = KEY_A, .status = TRUST_GPG_BAD},
                                {.key = KEY_A, .created_s = NOW_S},
                                {.key = KEY_B, .created_s = NOW_S}};
    struct judged judged;

    (void)state;
    judge(&judged, &any, made, 3);
    assert_true(judged.verdict.met);
    assert_int_equal(judged.asked, 2);
    assert_int_equal(judged.count, 2);
    arena_free(&judged.arena);
}

static void reasons_stay_short(void **state)
{
    static const struct trust_requirement any = {0};
    struct made made[40];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(made); i++)
        made[i] = (struct made){.key = KEY_A, .status = TRUST_GPG_BAD};
    is_unmet(&any, made, ARRAY_LENGTH(made), "; and 37 more");
}

static void gpg_that_cannot_be_asked_is_an_error(void **state)
{
    static const struct trust_keyring ring = {.path = "/ring"};
    const struct trust_requirement requirement = {
        .name = "policy web", .needed = 1, .keyrings = &ring, .keyring_count = 1};
    const struct trust_subject subject = {.manifest_digest = DIGEST, .now_s = NOW_S};
    const uint8_t message[] = {0x90, 1, 0, 0xac, 1, 0, 0x88, 1, 0};
    const struct trust_blob blob = {"signature-1", message, sizeof(message)};
    const struct made good = {.key = KEY_A, .created_s = NOW_S};
    cleanup_arena struct arena arena = {0};
    const struct trust_signature *signatures;
    struct trust_verdict verdict;
    struct fake fake = {.made = &good, .fails = true};
    const struct trust_gpg gpg = {fake_verify, &fake};
    size_t count;

    (void)state;
    assert_int_equal(trust_requirement_judge(&requirement, &subject, &blob, 1, &gpg, &arena, &verdict,
                                             &signatures, &count, &error),
                     -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(error.message, "policy web: verifying signature-1: gpg hangs");
    assert_false(verdict.met);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_good_signature_is_enough),
        cmocka_unit_test(each_state_of_a_signature_has_its_reason),
        cmocka_unit_test(clocks_may_differ_a_little),
        cmocka_unit_test(what_is_no_message_never_reaches_gpg),
        cmocka_unit_test(keys_are_counted_not_signatures),
        cmocka_unit_test(only_listed_keys_count),
        cmocka_unit_test(age_has_a_bound),
        cmocka_unit_test(dates_that_differ_are_noted),
        cmocka_unit_test(one_identity_of_several_is_enough),
        cmocka_unit_test(it_stops_when_it_is_met),
        cmocka_unit_test(reasons_stay_short),
        cmocka_unit_test(gpg_that_cannot_be_asked_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
