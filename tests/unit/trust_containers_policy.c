/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy.json of containers/image: what is read, what is refused, and which scope an image falls under. */
#include "store_fixture.h"
#include "trust/containers_policy.h"

static int parse(const char *text, struct trust_policy *policy, struct error *error)
{
    *error = (struct error){0};
    return trust_policy_parse(text, strlen(text), "policy.json", &arena, policy, error);
}

static const struct trust_policy_scope *match(const struct trust_policy *policy, const char *name)
{
    struct trust_reference reference;
    struct error error = {0};

    assert_int_equal(trust_reference_parse(name, &arena, &reference, &error), 0);
    return trust_policy_match(policy, &reference, &arena);
}

static const char whole[] =
    "{\"default\":[{\"type\":\"reject\"}],\n"
    "\"transports\":{\"docker\":{\n"
    "\"\":[{\"type\":\"insecureAcceptAnything\"}],\n"
    "\"reg.example.com\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"/k.gpg\"}],\n"
    "\"reg.example.com/team\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPaths\":[\"/a\",\"/b\"],"
    "\"signedIdentity\":{\"type\":\"remapIdentity\",\"prefix\":\"reg.example.com\",\"signedPrefix\":"
    "\"other.example.com/x\"}},{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyData\":\"AQIDBA==\","
    "\"signedIdentity\":{\"type\":\"matchExact\"}}],\n"
    "\"reg.example.com/team/app:1.0\":[{\"type\":\"reject\"}],\n"
    "\"*.example.org\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\"}],\n"
    "\"reg.example.com:5000\":[{\"type\":\"signedBy\",\"keyType\":\"X509Certificates\",\"keyPath\":\"/"
    "k\"}]},\n"
    "\"atomic\":{\"reg.example.com/team/app:2.0\":[{\"type\":\"reject\"}]},\n"
    "\"dir\":{\"/a/b\":[{\"type\":\"reject\"}],\"\":[{\"type\":\"reject\"}]},\n"
    "\"unheard\":{\"of\":[{\"type\":\"reject\"}]}}}";

static void test_reads(void **state)
{
    (void)state;
    struct trust_policy policy;
    struct error error;

    if (parse(whole, &policy, &error) < 0)
        fail_msg("%s", error.message);
    assert_int_equal(policy.scope_count, 10);
    assert_int_equal(policy.fallback.requirements[0].kind, TRUST_POLICY_REJECT);
    const struct trust_policy_scope *team = match(&policy, "reg.example.com/team/other/x:1");
    assert_string_equal(team->scope, "reg.example.com/team");
    assert_int_equal(team->count, 2);
    const struct trust_requirement *first = &team->requirements[0].signed_by,
                                   *second = &team->requirements[1].signed_by;
    assert_int_equal(team->requirements[0].kind, TRUST_POLICY_SIGNED_BY);
    assert_int_equal(first->needed, 1);
    assert_int_equal(first->keyring_count, 2);
    assert_string_equal(first->keyrings[1].path, "/b");
    assert_int_equal(first->identity_count, 1);
    assert_int_equal(first->identities[0].kind, TRUST_REMAP_IDENTITY);
    assert_string_equal(first->identities[0].prefix, "reg.example.com");
    assert_string_equal(first->identities[0].name, "other.example.com/x");
    assert_says(first->name, "policy.json:5, the scope reg.example.com/team of docker");
    assert_null(second->keyrings[0].path);
    assert_int_equal(second->keyrings[0].length, 4);
    assert_memory_equal(second->keyrings[0].bytes, "\1\2\3\4", 4);
    assert_int_equal(second->identities[0].kind, TRUST_MATCH_EXACT);
}

static void test_matches(void **state)
{
    (void)state;
    static const struct {
        const char *image, *explanation;
    } rows[] = {
        {"reg.example.com/team/app:1.0",
         "policy.json:6: the scope reg.example.com/team/app:1.0 of docker: reject"},
        {"reg.example.com/team/app:2.0",
         "policy.json:5: the scope reg.example.com/team of docker: signedBy and signedBy"},
        {"reg.example.com/teams/app:1", "policy.json:4: the scope reg.example.com of docker: signedBy"},
        {"reg.example.com:5000/team/app:1",
         "policy.json:8: the scope reg.example.com:5000 of docker: signedBy with X509Certificates"},
        {"reg.example.com:80/x:1", "policy.json:3: all of docker: insecureAcceptAnything"},
        {"a.b.example.org/x:1", "policy.json:7: the scope *.example.org of docker: sigstoreSigned"},
        {"example.org/x:1", "policy.json:3: all of docker: insecureAcceptAnything"},
        {"busybox", "policy.json:3: all of docker: insecureAcceptAnything"},
    };
    struct trust_policy policy;
    struct error error;

    assert_int_equal(parse(whole, &policy, &error), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(trust_policy_explain(&policy, match(&policy, rows[i].image), &arena),
                            rows[i].explanation);
    assert_string_equal(trust_policy_match(&policy, NULL, &arena)->scope, "");
    assert_int_equal(match(&policy, "reg.example.com:5000/x:1")->requirements[0].kind, TRUST_POLICY_NEVER);
    assert_int_equal(parse("{\"default\":[{\"type\":\"reject\"}]}", &policy, &error), 0);
    assert_string_equal(trust_policy_explain(&policy, match(&policy, "busybox"), &arena),
                        "policy.json:1: the default: reject");
    assert_ptr_equal(trust_policy_match(&policy, NULL, &arena), &policy.fallback);
}

/* As the default's only requirement. */
static const char *document_of(const char *requirement)
{
    return arena_format(&arena, "{\"default\":[%s]}", requirement);
}

#define SIGNED   "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\","
#define IDENTITY SIGNED "\"keyPath\":\"/k\",\"signedIdentity\":"

static void test_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *requirement, *message;
    } rows[] = {
        {"{}", "\"type\" is missing"},
        {"[]", "a requirement is an object, not array"},
        {"{\"type\":\"accept\"}", "\"accept\" is no type of requirement"},
        {"{\"type\":\"Reject\"}", "\"Reject\" is no type"},
        {"{\"type\":null}", "\"type\" is a string"},
        {"{\"type\":\"reject\",\"x\":1}", "reject has no member \"x\""},
        {"{\"type\":\"reject\",\"type\":\"reject\"}", "duplicate"},
        {"{\"type\":\"signedBy\",\"keyPath\":\"/k\"}", "\"keyType\" is missing"},
        {"{\"type\":\"signedBy\",\"keyPath\":\"/k\",\"keyType\":\"PGP\"}", "\"PGP\" is no type of keys"},
        {SIGNED "\"x\":1}", "signedBy has no member \"x\""},
        {SIGNED "\"signedIdentity\":{\"type\":\"matchExact\"}}", "exactly one of keyPath"},
        {SIGNED "\"keyPath\":\"/k\",\"keyData\":\"AAAA\"}", "exactly one of keyPath"},
        {SIGNED "\"keyPath\":\"k\"}", "absolute path"},
        {SIGNED "\"keyPath\":\"\"}", "absolute path"},
        {SIGNED "\"keyPath\":null}", "absolute path"},
        {SIGNED "\"keyPaths\":[]}", "a list of 1 to"},
        {SIGNED "\"keyPaths\":[\"/a\",\"b\"]}", "absolute path"},
        {SIGNED "\"keyData\":\"\"}", "base64"},
        {SIGNED "\"keyData\":\"A\"}", "base64"},
        {SIGNED "\"keyData\":\"AA=A\"}", "base64"},
        {IDENTITY "null}", "a match is an object"},
        {IDENTITY "{\"type\":\"exact\"}}", "\"exact\" is no kind of match"},
        {IDENTITY "{\"type\":\"matchExact\",\"x\":1}}", "matchExact has no member \"x\""},
        {IDENTITY "{\"type\":\"exactReference\"}}", "\"dockerReference\" is missing"},
        {IDENTITY "{\"type\":\"exactReference\",\"dockerReference\":\"busybox\"}}",
         "neither a tag nor a digest"},
        {IDENTITY "{\"type\":\"exactReference\",\"dockerReference\":\"B usy:1\"}}", "B usy"},
        {IDENTITY "{\"type\":\"exactRepository\",\"dockerRepository\":\"\"}}", "is empty"},
        {IDENTITY "{\"type\":\"remapIdentity\",\"prefix\":\"a.b\"}}", "\"signedPrefix\" is missing"},
        {IDENTITY "{\"type\":\"remapIdentity\",\"prefix\":\"a.b/\",\"signedPrefix\":\"a.b\"}}",
         "\"a.b/\" is no prefix"},
        {IDENTITY "{\"type\":\"remapIdentity\",\"prefix\":\"a.b\",\"signedPrefix\":\"a.b/c:1\"}}",
         "\"a.b/c:1\" is no prefix"},
        {"{\"type\":\"signedBaseLayer\"}", "\"baseLayerIdentity\" is missing"},
        {"{\"type\":\"sigstoreSigned\"}", "exactly one of keyPath"},
        {"{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\",\"x\":1}", "sigstoreSigned has no member"},
        {"{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\",\"rekorPublicKeyPath\":\"/r\","
         "\"rekorPublicKeyData\":\"AAAA\"}",
         "at most one"},
        {"", "a list of 1 to"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trust_policy policy;
        struct error error;

        assert_int_equal(parse(document_of(rows[i].requirement), &policy, &error), -1);
        assert_says(error.message, rows[i].message);
        assert_says(error.message, "policy.json:1:");
    }
}

static void test_refuses_documents(void **state)
{
    (void)state;
    static const char start[] = "{\"default\":[{\"type\":\"reject\"}]";
    static const struct {
        const char *rest, *message;
    } rows[] = {
        {",\"x\":1}", "the document has no member \"x\""},
        {",\"transports\":null}", "transports is an object"},
        {",\"transports\":{\"docker\":[]}}", "docker is an object of scopes"},
        {",\"transports\":{\"docker\":{\"a\":{}}}}", "requirements are a list"},
        {",\"transports\":{\"dir\":{\"a\":[{\"type\":\"reject\"}]}}}",
         "the scope \"a\" of dir is no absolute path"},
        {",\"transports\":{\"dir\":{\"/\":[{\"type\":\"reject\"}]}}}", "is all of them"},
        {",\"transports\":{\"oci\":{\"/a/../b\":[{\"type\":\"reject\"}]}}}",
         "not written in its shortest form"},
        {",\"transports\":{\"oci\":{\"/a/\":[{\"type\":\"reject\"}]}}}", "not written in its shortest form"},
        {",\"transports\":{\"docker-archive\":{\"a\":[{\"type\":\"reject\"}]}}}", "only \"\" is"},
        {",\"transports\":{\"containers-storage\":{\"a\":[{\"type\":\"reject\"}]}}}", "names no store"},
        {",\"transports\":{\"containers-storage\":{\"[a]b\":[{\"type\":\"reject\"}]}}}", "relative path"},
        {"} x", "policy.json:1"},
    };
    struct trust_policy policy;
    struct error error;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(parse(arena_format(&arena, "%s%s", start, rows[i].rest), &policy, &error), -1);
        assert_says(error.message, rows[i].message);
    }
    assert_int_equal(parse("{}", &policy, &error), -1);
    assert_says(error.message, "\"default\" is missing");
    assert_int_equal(parse("[]", &policy, &error), -1);
    assert_int_equal(parse("", &policy, &error), -1);
    assert_int_equal(
        parse(arena_format(&arena,
                           "%s,\"transports\":{\"containers-storage\":{\"[overlay@/var/x]a\":"
                           "[{\"type\":\"reject\"}]},\"oci\":{\"/a:1\":[{\"type\":\"reject\"}]}}}",
                           start),
              &policy, &error),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_reads),
        STORE_TEST(test_matches),
        STORE_TEST(test_refuses),
        STORE_TEST(test_refuses_documents),
    };
    samples = "";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
