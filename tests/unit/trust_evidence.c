/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a demand to what is proven: bundles made here, a gpg that says what the test wishes, and ways of
 * binding that hold or do not. What each of them does by itself has tests of its own.
 */
#include "store_fixture.h"

#include "base/memory.h"
#include "base/text.h"
#include "trust/binding.h"
#include "trust/documents.h"
#include "trust/evidence.h"
#include "trust/judgement.h"
#include "trust/payload.h"
#include "trust/seal.h"

#define DIFF  "sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define BLOB  "sha256:16c00c6ffa7f5c9548a87467e30ee2bbb429d1ff74fe792322a948534b0bd13b"
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define NAME  "r.io/a:1"
#define LIST  "thwart seal 1\nd 0755 0 0 - - .\n"

enum { NOW_S = 1800000000, DAY_S = 86400 };

static struct error error;
static char manifest_digest[IMAGE_DIGEST_SIZE];

/* ---- a bundle ---- */

static void make_image(void)
{
    static const char configuration[] = "{\"rootfs\": {\"type\": \"layers\", \"diff_ids\": [\"" DIFF "\"]}}";
    char digest[IMAGE_DIGEST_SIZE];
    const char *manifest;

    image_digest_of(configuration, strlen(configuration), digest);
    manifest = arena_format(&arena,
                            "{\"schemaVersion\": 2, \"mediaType\": "
                            "\"application/vnd.oci.image.manifest.v1+json\", \"config\": {\"mediaType\": "
                            "\"application/vnd.oci.image.config.v1+json\", \"digest\": \"%s\", \"size\": "
                            "%zu}, \"layers\": [{\"mediaType\": "
                            "\"application/vnd.oci.image.layer.v1.tar+gzip\", \"digest\": \"" BLOB
                            "\", \"size\": 7}]}",
                            digest, strlen(configuration));
    image_digest_of(manifest, strlen(manifest), manifest_digest);
    write_text("b/thwart.image/manifest.json", manifest);
    write_text("b/thwart.image/config.json", configuration);
    write_text("b/thwart.image/name", NAME "\n");
    write_text("b/rootfs/file", "");
}

/* One signature: which, its file's last byte says. */
struct made {
    const char *key, *name, *digest; /* name, digest NULL: the image's */
    const char *optional;            /* further members of the payload */
    enum trust_gpg_status status;
};

struct fake {
    const struct made *made;
    size_t asked;
    bool hangs;
};

static void sign(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* One pass, data, signature. */
        const uint8_t message[] = {0x90, 1, 0, 0xac, 1, 0, 0x88, 1, (uint8_t)i};

        write_bytes(arena_format(&arena, "b/thwart.image/signature-%zu", i + 1), message, sizeof(message));
    }
}

static int fake_verify(void *context, const struct trust_keyring *keyrings, size_t keyring_count,
                       const void *signature, size_t length, struct arena *to,
                       struct trust_gpg_answer *answer, struct error *failure)
{
    struct fake *fake = context;
    const struct made *made = &fake->made[((const uint8_t *)signature)[length - 1]];
    struct trust_gpg_signature *found = arena_array(to, 1, sizeof(*found));
    char *bytes = arena_allocate(to, 8192);
    struct text text = text_over(bytes, 8192);

    fake->asked++;
    if (fake->hangs || strcmp(keyrings[keyring_count - 1].path, "/missing") == 0)
        return error_set(failure, ERROR_LIMIT, "gpg hangs");
    *found = (struct trust_gpg_signature){.status = made->status,
                                          .fingerprint = made->key,
                                          .primary = made->key,
                                          .created_s = NOW_S - DAY_S,
                                          .words = ""};
    *answer = (struct trust_gpg_answer){.signatures = found, .count = 1};
    if (made->status != TRUST_GPG_GOOD)
        return 0;
    trust_payload_encode(&text, made->name != NULL ? made->name : NAME,
                         made->digest != NULL ? made->digest : manifest_digest, NOW_S - DAY_S,
                         made->optional);
    answer->payload = bytes;
    answer->payload_length = text.length;
    return 0;
}

/* ---- ways of binding ---- */

static struct {
    bool layers, walk, verity; /* hold */
    size_t tried;
    char order[8];
} binds;

static int tried(char way, bool holds, struct trust_binding *binding)
{
    static const struct trust_difference difference = {TRUST_CHANGED, "/usr/bin/x", "contents"};

    binds.order[binds.tried++] = way;
    *binding = holds ? (struct trust_binding){.holds = true}
                     : (struct trust_binding){.reason = "/usr/bin/x differs",
                                              .differences = &difference,
                                              .difference_count = 1,
                                              .more = 3};
    return 0;
}

int trust_bind_layers(const struct trust_root *root, const struct trust_image *image,
                      const struct trust_chain *chain, struct arena *to, struct trust_binding *binding,
                      struct error *failure)
{
    (void)root;
    (void)to;
    (void)failure;
    assert_int_equal(image->layer_count, chain->diff_id_count);
    return tried('l', binds.layers, binding);
}

int trust_bind_walk(int root, const struct trust_root *facts, const struct trust_seal *seal, struct arena *to,
                    struct trust_binding *binding, struct error *failure)
{
    (void)facts;
    (void)to;
    (void)failure;
    assert_true(root >= 0);
    assert_string_equal(seal->list, LIST);
    return tried('w', binds.walk, binding);
}

int trust_bind_verity(int root, const struct trust_root *facts, const struct trust_seal *seal,
                      struct arena *to, struct trust_binding *binding, struct error *failure)
{
    (void)facts;
    (void)to;
    (void)failure;
    assert_true(root >= 0);
    assert_non_null(seal->list);
    return tried('v', binds.verity, binding);
}

/* ---- asking ---- */

struct ask {
    const struct trust_requirement *requirements[4]; /* up to NULL */
    struct trust_demand demand;                      /* without them */
    const struct made *made;
    size_t made_count;
    bool hangs;
    const struct trust_cache *cache;
    const struct trust_issuer *issuers;
    size_t issuer_count;
    const struct trust_root *root; /* NULL: the bundle's folder */
    size_t asked;                  /* how often gpg was */
};

static int gather(struct ask *ask, struct trust *trust)
{
    const struct trust_root folder = {.bundle = in_store("b"), .path = in_store("b/rootfs"), .type = "ext4"};
    const struct trust_places places = {.registries_d = in_store("none"), .lookaside = in_store("aside")};
    struct fake fake = {.made = ask->made, .hangs = ask->hangs};
    const struct trust_gpg gpg = {fake_verify, &fake};
    struct trust_demand demand = ask->demand;
    const struct trust_inquiry inquiry = {
        .demand = &demand,
        .root = ask->root != NULL ? ask->root : &folder,
        .places = &places,
        .gpg = &gpg,
        .cache = ask->cache,
        .issuers = ask->issuers,
        .issuer_count = ask->issuer_count,
        .now_s = NOW_S,
    };
    int result;

    demand.requirements = ask->requirements;
    while (demand.requirement_count < 4 && ask->requirements[demand.requirement_count] != NULL)
        demand.requirement_count++;
    sign(ask->made_count);
    result = trust_gather(&inquiry, &arena, trust, &error);
    ask->asked = fake.asked;
    return result;
}

static struct trust gathered(struct ask *ask)
{
    struct trust trust;

    assert_int_equal(gather(ask, &trust), 0);
    return trust;
}

static const struct trust_keyring ring = {.path = "/ring"};
static const struct trust_requirement one = {
    .name = "policy one", .needed = 1, .keyrings = &ring, .keyring_count = 1};
static const struct made by_a = {.key = KEY_A};

/* ---- tests ---- */

static void nothing_asked_nothing_done(void **state)
{
    struct ask ask = {.made = &by_a, .made_count = 1};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_int_equal(trust.level, TRUST_NONE);
    assert_string_equal(trust.found, "");
    assert_string_equal(trust.level_reason, "");
    assert_null(trust.manifest_digest);
    assert_int_equal(ask.asked, 0);
}

static void no_image_is_told(void **state)
{
    struct ask ask = {.requirements = {&one}};
    struct trust trust = gathered(&ask);

    (void)state;
    assert_int_equal(trust.level, TRUST_NONE);
    assert_false(trust.verdicts[0].met);
    assert_says(trust.verdicts[0].reason, "no folder thwart.image");
    assert_says(trust.level_reason, "no folder thwart.image");
    assert_null(trust.manifest_digest);
}

static void a_signature_names_the_image(void **state)
{
    struct ask ask = {.requirements = {&one}, .made = &by_a, .made_count = 1};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_true(trust.verdicts[0].met);
    assert_ptr_equal(trust.verdicts[0].requirement, &one);
    assert_int_equal(trust.level, TRUST_MANIFEST_ONLY);
    assert_string_equal(trust.level_reason, "");
    assert_string_equal(trust.manifest_digest, manifest_digest);
    assert_non_null(trust.config_digest);
    assert_string_equal(trust.found, arena_format(&arena, "bundle image %s", manifest_digest));
    assert_int_equal(trust.name_count, 1);
    assert_string_equal(trust.names[0].reference, NAME);
    assert_ptr_equal(trust.names[0].by, &one);
    assert_int_equal(trust.signature_count, 1);
    assert_true(trust.signatures[0].good);
    assert_null(trust.signatures[0].reason);
    assert_ptr_equal(trust_verdict_of(&trust, &one), &trust.verdicts[0]);
}

static void what_does_not_fit_has_its_reason(void **state)
{
    static const struct {
        struct made made;
        size_t count;
        const char *words;
    } cases[] = {
        {{.key = KEY_A}, 0, "no signature was found (looked at: "},
        {{.key = KEY_A, .name = "r.io/b:1"}, 1, "it is signed as r.io/b:1, which does not fit " NAME},
        {{.key = KEY_A, .name = "r.io/a:2"}, 1, "it is signed as r.io/a:2, which does not fit " NAME},
        {{.key = KEY_A, .digest = BLOB}, 1, "it is about the manifest " BLOB},
        {{.key = KEY_A, .status = TRUST_GPG_BAD}, 1, "does not fit its data"},
        {{.key = KEY_A, .status = TRUST_GPG_KEY_REVOKED}, 1, "its key was revoked"},
    };

    (void)state;
    make_image();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct ask ask = {.requirements = {&one},
                          .demand = {.level = TRUST_BOUND_VERITY},
                          .made = &cases[i].made,
                          .made_count = cases[i].count};
        struct trust trust = gathered(&ask);

        assert_false(trust.verdicts[0].met);
        assert_says(trust.verdicts[0].reason, cases[i].words);
        assert_int_equal(trust.level, TRUST_NONE);
        assert_string_equal(trust.level_reason, trust.verdicts[0].reason);
        assert_int_equal(trust.name_count, 0);
        assert_string_equal(trust.manifest_digest, manifest_digest);
    }
    assert_int_equal(binds.tried, 0);
}

static void keys_are_counted_for_each_requirement(void **state)
{
    const struct trust_requirement two = {
        .name = "policy two", .needed = 2, .keyrings = &ring, .keyring_count = 1};
    const struct made both[] = {{.key = KEY_A}, {.key = KEY_B}}, twice[] = {{.key = KEY_A}, {.key = KEY_A}};
    struct ask ask = {.requirements = {&one, &two}, .made = twice, .made_count = 2};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_true(trust.verdicts[0].met);
    assert_false(trust.verdicts[1].met);
    assert_says(trust.verdicts[1].reason, "1 of 2 keys signed it");
    assert_int_equal(trust.level, TRUST_MANIFEST_ONLY); /* the first vouches */
    assert_int_equal(ask.asked, 2);                     /* the same keyring about the same signature: once */
    ask.made = both;
    trust = gathered(&ask);
    assert_true(trust.verdicts[1].met);
    assert_int_equal(trust.signature_count, 2);
}

static void a_gpg_that_hangs_refuses_but_for_policies_on_trial(void **state)
{
    struct trust_requirement trial = one;
    const struct trust_keyring missing = {.path = "/missing"};
    struct ask ask = {.requirements = {&one}, .made = &by_a, .made_count = 1, .hangs = true};
    struct trust trust;

    (void)state;
    make_image();
    assert_int_equal(gather(&ask, &trust), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_says(error.message, "policy one: verifying ");
    assert_says(error.message, "gpg hangs");
    trial.audit = true;
    trial.keyrings = &missing;
    ask = (struct ask){.requirements = {&trial, &one}, .made = &by_a, .made_count = 1};
    trust = gathered(&ask);
    assert_false(trust.verdicts[0].met);
    assert_says(trust.verdicts[0].reason, "gpg hangs");
    assert_true(trust.verdicts[1].met);
}

static void a_digest_is_a_root_of_trust(void **state)
{
    const char *const digests[] = {BLOB, manifest_digest};
    struct ask ask = {.demand = {.digests = digests, .digest_count = 2}};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_int_equal(trust.level, TRUST_MANIFEST_ONLY);
    ask.demand.digest_count = 1;
    trust = gathered(&ask);
    assert_int_equal(trust.level, TRUST_NONE);
    assert_says(trust.level_reason, "nobody vouches for the manifest sha256:");
}

static void a_broken_chain_proves_nothing(void **state)
{
    const char *const digests[] = {manifest_digest};
    struct ask ask = {.requirements = {&one},
                      .demand = {.digests = digests, .digest_count = 1, .level = TRUST_BOUND_WALK},
                      .made = &by_a,
                      .made_count = 1};
    struct trust trust;

    (void)state;
    make_image();
    write_text("b/thwart.image/config.json", "{\"rootfs\": {\"type\": \"layers\", \"diff_ids\": []}}");
    trust = gathered(&ask);
    assert_false(trust.verdicts[0].met);
    assert_says(trust.verdicts[0].reason, "the manifest names");
    assert_int_equal(trust.level, TRUST_NONE);
    assert_says(trust.level_reason, "the manifest names");
    assert_null(trust.manifest_digest);
    assert_int_equal(ask.asked, 0);
}

/* ---- documents ---- */

static void documents_ask_by_scope(void **state)
{
#define SIGNED "[{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"/ring\"}]"
    static const struct {
        const char *text, *words;
        bool met, vouched;
    } cases[] = {
        {"{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}",
         "p.json:1: the default: insecureAcceptAnything: anything is accepted", true, false},
        {"{\"default\": [{\"type\": \"reject\"}]}", "the default: reject: nothing is accepted", false, false},
        {"{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": {\"r.io/a\": " SIGNED "}}}",
         "the scope r.io/a of docker: signedBy: signed by " KEY_A, true, true},
        {"{\"default\": " SIGNED ", \"transports\": {\"docker\": {\"r.io\": [{\"type\": \"reject\"}]}}}",
         "the scope r.io of docker: reject", false, false},
        {"{\"default\": [{\"type\": \"insecureAcceptAnything\"}, {\"type\": \"signedBy\", \"keyType\": "
         "\"GPGKeys\", \"keyPath\": \"/ring\"}]}",
         "insecureAcceptAnything and signedBy: signed by " KEY_A, true, true},
        {"{\"default\": [{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"/ring\"}, "
         "{\"type\": \"reject\"}]}",
         "signedBy and reject: nothing is accepted", false, false},
        {"{\"default\": [{\"type\": \"sigstoreSigned\", \"keyPath\": \"/k.pub\"}]}",
         "sigstoreSigned: signatures of sigstore are not verified", false, false},
        {"{\"default\": [{\"type\": \"signedBaseLayer\", \"baseLayerIdentity\": {\"type\": "
         "\"matchExact\"}}]}",
         "nothing can meet signedBaseLayer", false, false},
        {"{\"default\": [{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": \"/ring\", "
         "\"signedIdentity\": {\"type\": \"exactReference\", \"dockerReference\": \"r.io/other:1\"}}]}",
         "does not fit r.io/other:1", false, false},
    };

    (void)state;
    make_image();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct trust_requirement by_document = {.name = "policy doc", .document = in_store("p.json")};
        struct ask ask = {.requirements = {&by_document}, .made = &by_a, .made_count = 1};
        struct trust trust;

        write_text("p.json", cases[i].text);
        trust = gathered(&ask);
        assert_says(trust.verdicts[0].reason, cases[i].words);
        assert_int_equal(trust.verdicts[0].met, cases[i].met);
        assert_int_equal(trust.level, cases[i].vouched ? TRUST_MANIFEST_ONLY : TRUST_NONE);
        assert_int_equal(trust.name_count, cases[i].vouched ? 1 : 0);
    }
}

static int refuse_document(const char *path, struct error *failure)
{
    return error_set(failure, ERROR_DENIED, "%s can be changed by others", path);
}

static void a_document_that_cannot_be_read_refuses(void **state)
{
    const struct trust_requirement by_document = {.name = "policy doc", .document = in_store("p.json")};
    struct ask ask = {.requirements = {&by_document}};
    struct judging judging = {.broken = "nothing", .check_document = refuse_document};
    const struct trust_reference *const unknown[] = {NULL};
    struct judgement judgement;
    struct trust trust;

    (void)state;
    make_image();
    assert_int_equal(gather(&ask, &trust), -1);
    assert_says(error.message, "policy doc: opening ");
    write_text("p.json", "{}");
    assert_int_equal(gather(&ask, &trust), -1);
    assert_int_equal(error.kind, ERROR_INVALID);
    judging.names = unknown;
    judging.name_count = 1;
    assert_int_equal(trust_judge(&by_document, &judging, &arena, &judgement, &error), -1);
    assert_int_equal(error.kind, ERROR_DENIED);
}

/* ---- several names ---- */

static void one_of_the_stores_names_must_fit(void **state)
{
    static const struct made mixed[] = {{.key = KEY_A, .name = "r.io/a:2"}, {.key = KEY_B, .name = NAME}};
    const struct trust_requirement two = {
        .name = "policy two", .needed = 2, .keyrings = &ring, .keyring_count = 1};
    struct trust_reference first, second;
    const struct trust_reference *const names[] = {&first, &second};
    struct fake fake = {.made = mixed};
    const struct trust_gpg gpg = {fake_verify, &fake};
    struct trust_blob blobs[2];
    struct judging judging = {.names = names, .name_count = 2, .blobs = blobs, .gpg = &gpg, .now_s = NOW_S};
    struct judgement judgement;

    (void)state;
    make_image();
    sign(2);
    judging.manifest_digest = manifest_digest;
    judging.blob_count = 2;
    for (size_t i = 0; i < 2; i++) {
        blobs[i].where = arena_format(&arena, "b/thwart.image/signature-%zu", i + 1);
        blobs[i].bytes = read_whole(in_store(blobs[i].where), &blobs[i].length);
    }
    assert_int_equal(trust_reference_parse(NAME, &arena, &first, &error), 0);
    assert_int_equal(trust_reference_parse("r.io/a:2", &arena, &second, &error), 0);
    assert_int_equal(trust_judge(&one, &judging, &arena, &judgement, &error), 0);
    assert_true(judgement.verdict.met);
    assert_string_equal(judgement.verdict.reference, NAME);
    /* The name that the engine used alone. */
    judging.names = names + 1;
    judging.name_count = 1;
    judging.blob_count = 1;
    blobs[0] = blobs[1];
    assert_int_equal(trust_judge(&one, &judging, &arena, &judgement, &error), 0);
    assert_false(judgement.verdict.met);
    assert_says(judgement.verdict.reason, "does not fit r.io/a:2");
    /* Two names with one key each are not two keys. */
    judging.names = names;
    judging.name_count = judging.blob_count = 2;
    blobs[0].bytes = read_whole(in_store("b/thwart.image/signature-1"), &blobs[0].length);
    assert_int_equal(trust_judge(&two, &judging, &arena, &judgement, &error), 0);
    assert_false(judgement.verdict.met);
}

/* ---- claims, names, lists ---- */

static const char *seal_member(const char *list)
{
    struct trust_seal seal = {.files = 1};
    char digest[IMAGE_DIGEST_SIZE];

    image_digest_of(list, strlen(list), digest);
    seal.digest = digest;
    return trust_seal_encode(&seal, &arena);
}

static void claims_count_with_their_signature(void **state)
{
    static const char *const keys[] = {KEY_A};
    static const struct trust_issuer issuer = {.name = "ours", .fingerprints = keys, .fingerprint_count = 1};
#define CLAIM "\"io.thwart.claim\":{\"version\":1,\"revision\":3,\"policy\":{\"thwart\":1}}"
    static const struct made with_claim = {.key = KEY_A, .optional = CLAIM};
    static const struct made stranger = {.key = KEY_B, .optional = CLAIM};
    static const struct made elsewhere = {.key = KEY_A, .optional = CLAIM, .name = "r.io/b:1"};
    struct ask ask = {.requirements = {&one},
                      .demand = {.claims = true},
                      .made = &with_claim,
                      .made_count = 1,
                      .issuers = &issuer,
                      .issuer_count = 1};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_int_equal(trust.claim_count, 1);
    assert_string_equal(trust.claims[0].issuer, "ours");
    assert_int_equal(trust.claims[0].revision, 3);
    assert_null(trust.claim_refused);
    ask.made = &stranger;
    trust = gathered(&ask);
    assert_true(trust.verdicts[0].met);
    assert_int_equal(trust.claim_count, 0);
    assert_says(trust.claim_refused, "signature-1 ");
    /* One whose signature does not count is nobody's. */
    ask.made = &elsewhere;
    trust = gathered(&ask);
    assert_int_equal(trust.claim_count, 0);
    assert_null(trust.claim_refused);
    ask.made = &stranger;
    ask.demand.claims = false;
    trust = gathered(&ask);
    assert_null(trust.claim_refused);
}

/* What only a policy on trial asks for changes nothing: neither by a claim nor by one that is refused. */
static void claims_on_trial(void **state)
{
    static const char *const keys[] = {KEY_A};
    static const struct trust_issuer issuer = {.name = "ours", .fingerprints = keys, .fingerprint_count = 1};
    static const struct trust_requirement trial = {
        .name = "policy trial", .needed = 1, .keyrings = &ring, .keyring_count = 1, .audit = true};
    static const struct made with_claim = {.key = KEY_A, .optional = CLAIM};
    static const struct made stranger = {.key = KEY_B, .optional = CLAIM};
    struct ask ask = {.requirements = {&trial},
                      .demand = {.claims = true},
                      .made = &with_claim,
                      .made_count = 1,
                      .issuers = &issuer,
                      .issuer_count = 1};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_true(trust.verdicts[0].met);
    assert_int_equal(trust.claim_count, 0);
    ask.made = &stranger;
    trust = gathered(&ask);
    assert_null(trust.claim_refused);
    ask.requirements[1] = &one;
    trust = gathered(&ask);
    assert_non_null(trust.claim_refused);
}

/* Whoever could choose which signature is looked at first would choose the name. */
static void every_signed_name_is_told(void **state)
{
    static const struct trust_identity_rule any = {.kind = TRUST_MATCH_PATTERN, .name = "**"};
    struct trust_requirement names = {.name = "the host's",
                                      .needed = 1,
                                      .keyrings = &ring,
                                      .keyring_count = 1,
                                      .identities = &any,
                                      .identity_count = 1,
                                      .every_signature = true};
    static const struct made made[] = {{.key = KEY_A, .name = "r.io/legacy:1"},
                                       {.key = KEY_A, .name = "r.io/web/app:1"},
                                       {.key = KEY_B, .name = "r.io/web/app:1"},
                                       {.key = KEY_B, .name = "r.io/db:1", .status = TRUST_GPG_BAD}};
    struct ask ask = {.requirements = {&names}, .made = made, .made_count = ARRAY_LENGTH(made)};
    struct trust trust;

    (void)state;
    make_image();
    trust = gathered(&ask);
    assert_int_equal(trust.name_count, 2);
    assert_string_equal(trust.names[0].reference, "r.io/legacy:1");
    assert_string_equal(trust.names[1].reference, "r.io/web/app:1");
    assert_ptr_equal(trust.names[1].by, &names);
    names.every_signature = false;
    trust = gathered(&ask);
    assert_int_equal(trust.name_count, 1);
}

/* A list of files is signed by whom it is signed: for a requirement that other signatures meet nothing is
 * proven by it. */
static void a_list_proves_nothing_to_others(void **state)
{
    static const char *const key_a[] = {KEY_A}, *const key_b[] = {KEY_B};
    static const struct trust_requirement by_one = {.needed = 1,
                                                    .keyrings = &ring,
                                                    .keyring_count = 1,
                                                    .fingerprints = key_a,
                                                    .fingerprint_count = 1},
                                          by_other = {.needed = 1,
                                                      .keyrings = &ring,
                                                      .keyring_count = 1,
                                                      .fingerprints = key_b,
                                                      .fingerprint_count = 1};
    const struct made made[] = {{.key = KEY_A}, {.key = KEY_B, .optional = seal_member(LIST)}};
    struct ask ask = {.requirements = {&by_one, &by_other},
                      .demand = {.level = TRUST_BOUND_WALK},
                      .made = made,
                      .made_count = ARRAY_LENGTH(made)};
    struct trust trust;

    (void)state;
    memset(&binds, 0, sizeof(binds));
    binds.walk = true;
    make_image();
    write_text("b/thwart.image/seal", LIST);
    trust = gathered(&ask);
    assert_true(trust.verdicts[0].met && trust.verdicts[1].met);
    assert_int_equal(trust.level, TRUST_BOUND_WALK);
    assert_non_null(trust.seal);
    assert_int_equal(trust.unsealed_level, TRUST_MANIFEST_ONLY);
    assert_int_equal(trust_level_by(&trust, &trust.verdicts[0]), TRUST_MANIFEST_ONLY);
    assert_int_equal(trust_level_by(&trust, &trust.verdicts[1]), TRUST_BOUND_WALK);
    assert_string_equal(trust.level_reason, "");
    assert_int_equal(trust.difference_count, 0);
}

/* ---- levels ---- */

static void the_cheapest_way_that_is_enough(void **state)
{
    static const struct {
        enum trust_level wanted, reached;
        bool verity, walk;
        const char *order, *words;
    } cases[] = {
        {TRUST_NONE, TRUST_MANIFEST_ONLY, true, true, "", ""},
        {TRUST_MANIFEST_ONLY, TRUST_MANIFEST_ONLY, true, true, "", ""},
        {TRUST_BOUND_WALK, TRUST_BOUND_VERITY, true, true, "v", ""},
        {TRUST_BOUND_WALK, TRUST_BOUND_WALK, false, true, "vw", ""},
        {TRUST_BOUND_WALK, TRUST_MANIFEST_ONLY, false, false, "vw",
         "verity: /usr/bin/x differs; walk: /usr/bin/x differs; layers: a bundle's root is no stack"},
        /* Some rule may want less. */
        {TRUST_BOUND_LAYERS, TRUST_BOUND_WALK, false, true, "vw",
         "verity: /usr/bin/x differs; layers: a bundle's root is no stack of layers"},
        {TRUST_BOUND_VERITY, TRUST_BOUND_WALK, false, true, "vw", "verity: /usr/bin/x differs"},
    };
    const struct made sealed = {.key = KEY_A, .optional = seal_member(LIST)};

    (void)state;
    make_image();
    write_text("b/thwart.image/seal", LIST);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct ask ask = {
            .requirements = {&one}, .demand = {.level = cases[i].wanted}, .made = &sealed, .made_count = 1};
        struct trust trust;

        memset(&binds, 0, sizeof(binds));
        binds.verity = cases[i].verity;
        binds.walk = cases[i].walk;
        trust = gathered(&ask);
        assert_int_equal(trust.level, cases[i].reached);
        assert_string_equal(binds.order, cases[i].order);
        if (cases[i].words[0] == '\0')
            assert_string_equal(trust.level_reason, "");
        else
            assert_says(trust.level_reason, cases[i].words);
        /* What is only not measured is no difference once somebody has read it, nor what another way stumbled
         * over once enough was shown. */
        assert_int_equal(trust.difference_count > 0, cases[i].reached < cases[i].wanted && !cases[i].walk);
    }
}

static void a_seal_must_be_signed_and_there(void **state)
{
    const struct made sealed = {.key = KEY_A, .optional = seal_member(LIST)};
    const struct made unsealed = {.key = KEY_A};
    struct ask ask = {
        .requirements = {&one}, .demand = {.level = TRUST_BOUND_WALK}, .made = &unsealed, .made_count = 1};
    struct trust trust;

    (void)state;
    memset(&binds, 0, sizeof(binds));
    binds.walk = true;
    make_image();
    write_text("b/thwart.image/seal", LIST);
    trust = gathered(&ask);
    assert_says(trust.level_reason, "walk: no signature that counts has a seal");
    ask.made = &sealed;
    write_text("b/thwart.image/seal", LIST "f 0644 0 0 0 - ./added\n");
    trust = gathered(&ask);
    assert_int_equal(trust.level, TRUST_MANIFEST_ONLY);
    assert_says(trust.level_reason, "thwart.image/seal: ");
    assert_int_equal(unlink(in_store("b/thwart.image/seal")), 0);
    trust = gathered(&ask);
    assert_says(trust.level_reason, "walk: the seal's list was not found");
    assert_int_equal(binds.tried, 0);
}

/* ---- what was proven before ---- */

static struct {
    struct digest keys[8];
    size_t count, asked;
} remembered;

static bool fake_get(void *context, const struct digest *key, struct arena *to, const char **value,
                     size_t *length)
{
    (void)context;
    (void)to;
    remembered.asked++;
    for (size_t i = 0; i < remembered.count; i++)
        if (memcmp(&remembered.keys[i], key, sizeof(*key)) == 0) {
            *value = "holds";
            *length = sizeof("holds");
            return true;
        }
    return false;
}

static void fake_put(void *context, const struct digest *key, const char *value, size_t length)
{
    (void)context;
    assert_int_equal(length, sizeof("holds"));
    assert_string_equal(value, "holds");
    remembered.keys[remembered.count++] = *key;
}

static void look_at_overlay(struct ask *ask, const char *order)
{
    memset(&binds, 0, sizeof(binds));
    binds.walk = true;
    assert_int_equal(gathered(ask).level, TRUST_BOUND_WALK);
    assert_string_equal(binds.order, order);
}

static void layers_that_nobody_wrote_to_are_read_once(void **state)
{
    static const struct trust_cache cache = {fake_get, fake_put, NULL};
    const struct made sealed = {.key = KEY_A, .optional = seal_member(LIST)};
    const char *lowers[] = {in_store("one/diff")};
    struct trust_root root = {.bundle = in_store("b"),
                              .path = in_store("b/rootfs"),
                              .type = "overlay",
                              .lowers = lowers,
                              .lower_count = 1,
                              .upper = in_store("upper"),
                              .options = "rw",
                              .at_mount = true};
    struct ask ask = {.requirements = {&one},
                      .demand = {.level = TRUST_BOUND_WALK},
                      .made = &sealed,
                      .made_count = 1,
                      .cache = &cache,
                      .root = &root};

    (void)state;
    memset(&remembered, 0, sizeof(remembered));
    make_image();
    write_text("b/thwart.image/seal", LIST);
    write_text("one/diff/file", "x");
    write_text("other/diff/file", "x");
    assert_int_equal(mkdir(in_store("upper"), 0755), 0);
    look_at_overlay(&ask, "vw");
    assert_int_equal(remembered.count, 1);
    look_at_overlay(&ask, "v");
    /* A container wrote: what is seen is another tree, and this one is not remembered. */
    write_text("upper/file", "x");
    look_at_overlay(&ask, "vw");
    assert_int_equal(remembered.count, 1);
    assert_int_equal(unlink(in_store("upper/file")), 0);
    look_at_overlay(&ask, "v");
    /* Its change time is another. */
    write_text("one/diff/added", "x");
    look_at_overlay(&ask, "vw");
    look_at_overlay(&ask, "v");
    lowers[0] = in_store("other/diff");
    look_at_overlay(&ask, "vw");
    root.options = "rw,redirect_dir=on";
    look_at_overlay(&ask, "vw");
    look_at_overlay(&ask, "v");
    /* The next container of the image, with directories of its own for what it writes. */
    assert_int_equal(mkdir(in_store("next"), 0755), 0);
    root.upper = in_store("next");
    root.options = "rw,context=\"a:b:c1,c2\",lowerdir=l/AB,upperdir=next,workdir=work\\054,redirect_dir=on";
    look_at_overlay(&ask, "v");
    /* Asked to read each time; and of anything else than a whole overlay nothing is remembered. */
    remembered.asked = 0;
    ask.demand.reread = true;
    look_at_overlay(&ask, "vw");
    ask.demand.reread = false;
    root.covered = "/somewhere";
    look_at_overlay(&ask, "vw");
    root.covered = NULL;
    root.at_mount = false;
    look_at_overlay(&ask, "vw");
    root.at_mount = true;
    root.type = "ext4";
    look_at_overlay(&ask, "vw");
    assert_int_equal(remembered.asked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nothing_asked_nothing_done),
        STORE_TEST(no_image_is_told),
        STORE_TEST(a_signature_names_the_image),
        STORE_TEST(what_does_not_fit_has_its_reason),
        STORE_TEST(keys_are_counted_for_each_requirement),
        STORE_TEST(a_gpg_that_hangs_refuses_but_for_policies_on_trial),
        STORE_TEST(a_digest_is_a_root_of_trust),
        STORE_TEST(a_broken_chain_proves_nothing),
        STORE_TEST(documents_ask_by_scope),
        STORE_TEST(a_document_that_cannot_be_read_refuses),
        STORE_TEST(one_of_the_stores_names_must_fit),
        STORE_TEST(claims_on_trial),
        STORE_TEST(every_signed_name_is_told),
        STORE_TEST(a_list_proves_nothing_to_others),
        STORE_TEST(claims_count_with_their_signature),
        STORE_TEST(the_cheapest_way_that_is_enough),
        STORE_TEST(a_seal_must_be_signed_and_there),
        STORE_TEST(layers_that_nobody_wrote_to_are_read_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
