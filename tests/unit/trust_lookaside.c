/* SPDX-License-Identifier: GPL-2.0-or-later */
/* registries.d, the scopes of images, and the lookaside that they lead to. */
#include "config.h"
#include "store_fixture.h"
#include "trust/lookaside.h"
#include "trust/packets.h"
#include "trust/registries_d.h"
#include "trust/scopes.h"

#define DIGEST "sha256:72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define HEX    "72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"

static struct trust_reference reference(const char *text)
{
    struct trust_reference name;
    struct error error = {0};

    assert_int_equal(trust_reference_parse(text, &arena, &name, &error), 0);
    return name;
}

static void test_scopes(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "reg.example.com:5000/a/b/c:1",
        "reg.example.com:5000/a/b/c",
        "reg.example.com:5000/a/b",
        "reg.example.com:5000/a",
        "reg.example.com:5000",
        "*.example.com",
        "*.com",
    };
    const struct trust_reference name = reference("reg.example.com:5000/a/b/c:1"),
                                 both = reference("busybox:1@" DIGEST);
    size_t count;
    const char *const *scopes = trust_scopes_of(&name, &arena, &count);

    assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(scopes[i], expected[i]);
    scopes = trust_scopes_of(&both, &arena, &count);
    assert_int_equal(count, 6);
    assert_string_equal(scopes[0], "docker.io/library/busybox:1");
    assert_string_equal(scopes[1], "docker.io/library/busybox@" DIGEST);
    assert_string_equal(scopes[2], "docker.io/library/busybox");
    assert_string_equal(scopes[5], "*.io");
}

static void test_folders_of_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *folder, *reason;
    } rows[] = {
        {"file:///var/lib/x", "/var/lib/x", NULL},
        {"file:/var/lib/x", "/var/lib/x", NULL},
        {"file:///a%20b%2Fc", "/a b/c", NULL},
        {"file:///a%2", NULL, "stands for nothing"},
        {"file:///a%00", NULL, "stands for nothing"},
        {"file://host/x", NULL, "no absolute folder"},
        {"file:///x?y", NULL, "no absolute folder"},
        {"file:x", NULL, "no absolute folder"},
        {"https://example.com/", NULL, "not on this machine"},
        {"/var/lib/x", NULL, "not on this machine"},
        {"", NULL, "not on this machine"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason, *folder = lookaside_folder_of(rows[i].url, &arena, &reason);

        if (rows[i].folder != NULL)
            assert_string_equal(folder, rows[i].folder);
        else
            assert_says(reason, rows[i].reason);
    }
}

static void test_reading(void **state)
{
    (void)state;
    struct lookaside_found found;
    size_t length;
    const char *first;

    copy_sample("good/skopeo-rsa.sig", "look/demo/tiny@sha256=" HEX "/signature-1");
    copy_sample("good/ed25519.sig", "look/demo/tiny@sha256=" HEX "/signature-2");
    copy_sample("good/ed25519.sig", "look/demo/tiny@sha256=" HEX "/signature-4");
    first = read_whole(arena_format(&arena, "%s/good/skopeo-rsa.sig", samples), &length);
    lookaside_read(in_store("look"), "demo/tiny", DIGEST, &arena, &found);
    assert_int_equal(found.count, 2);
    assert_null(found.reason);
    assert_int_equal(found.blobs[0].length, length);
    assert_memory_equal(found.blobs[0].bytes, first, length);
    assert_string_equal(found.blobs[0].where, in_store("look/demo/tiny@sha256=" HEX "/signature-1"));

    lookaside_read(in_store("look"), "demo/other", DIGEST, &arena, &found);
    assert_true(found.count == 0 && found.reason == NULL);
    lookaside_read(in_store("nowhere"), "demo/tiny", DIGEST, &arena, &found);
    assert_says(found.reason, "does not exist");
    /* What is there and cannot be taken ends it with a reason, not as a gap. */
    assert_int_equal(unlink(in_store("look/demo/tiny@sha256=" HEX "/signature-2")), 0);
    assert_int_equal(symlink("signature-1", in_store("look/demo/tiny@sha256=" HEX "/signature-2")), 0);
    lookaside_read(in_store("look"), "demo/tiny", DIGEST, &arena, &found);
    assert_int_equal(found.count, 1);
    assert_says(found.reason, "signature-2");
}

static void test_limits(void **state)
{
    (void)state;
    struct lookaside_found found;

    for (int i = 1; i <= 129; i++)
        write_text(arena_format(&arena, "look/x@sha256=" HEX "/signature-%d", i), "x");
    lookaside_read(store, "look/x", DIGEST, &arena, &found);
    assert_int_equal(found.count, 128);
    assert_says(found.reason, "more than 128");

    write_text("look/y@sha256=" HEX "/signature-1", "x");
    assert_int_equal(truncate(in_store("look/y@sha256=" HEX "/signature-1"), TRUST_SIGNATURE_BYTES_MAX + 1),
                     0);
    lookaside_read(store, "look/y", DIGEST, &arena, &found);
    assert_int_equal(found.count, 0);
    assert_non_null(found.reason);
}

#if THWART_YAML
/* Where signatures of an image are looked for when registries.d has this file. */
static const char *url_for(const char *name, const char **scope)
{
    const struct trust_reference image = reference(name);
    struct registries_d registries;
    struct error error = {0};

    if (registries_d_read(in_store("registries.d"), &arena, &registries, &error) < 0)
        fail_msg("%s", error.message);
    return registries_d_url(&registries, &image, &arena, scope);
}

static void test_most_specific_scope(void **state)
{
    (void)state;
    const char *scope;

    write_text("registries.d/a.yaml",
               "default-docker:\n"
               "  lookaside: file:///default\n"
               "  use-sigstore-attachments: true\n"
               "docker:\n"
               "  reg.example.com:\n"
               "    sigstore: file:///host # the old word\n"
               "  reg.example.com/team: {lookaside: 'file:///team', other: [1, {a: b}]}\n"
               "  reg.example.com/team/app: {lookaside-staging: file:///staging}\n"
               "  reg.example.com/team/app:1.0:\n"
               "    lookaside: \"file:///tag\"\n"
               "    sigstore: file:///ignored\n"
               "  reg.example.com/off: ~\n");
    write_text("registries.d/b.yaml", "docker: {'*.example.org': {lookaside: https://far.example.org}}\n");
    write_text("registries.d/c.yaml", "");
    write_text("registries.d/README", "not: [yaml");
    assert_string_equal(url_for("reg.example.com/team/app:1.0", &scope), "file:///tag");
    assert_string_equal(scope, "reg.example.com/team/app:1.0");
    /* A section that has none leads further up. */
    assert_string_equal(url_for("reg.example.com/team/app:2.0", &scope), "file:///team");
    assert_string_equal(scope, "reg.example.com/team");
    assert_string_equal(url_for("reg.example.com/off/x:1", &scope), "file:///host");
    assert_string_equal(url_for("reg.example.com/x:1", &scope), "file:///host");
    /* Without its port, a host is another. */
    assert_string_equal(url_for("reg.example.com:80/x:1", &scope), "file:///default");
    assert_string_equal(url_for("a.b.example.org/x:1", &scope), "https://far.example.org");
    assert_string_equal(scope, "*.example.org");
    assert_string_equal(url_for("busybox", &scope), "file:///default");
    assert_string_equal(scope, "default-docker");
}

static void test_refused_documents(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"- a\n", "a.yaml:1:1: the document is no mapping"},
        {"docker: x\n", "a.yaml:1:9: docker is a mapping of scopes"},
        {"docker:\n  a.b: [x]\n", "a.yaml:2:8: a section is a mapping"},
        {"docker:\n  a.b: {lookaside: [x]}\n", "a URL is a text"},
        {"docker:\n  a.b: {}\n  a.b: {}\n", "a.yaml:3:3: the key is there twice"},
        {"docker: {}\ndocker: {}\n", "a.yaml:2:1: the key is there twice"},
        {"docker:\n  ? [a]\n  : {}\n", "a key is no word"},
        {"x: &x {lookaside: y}\ndefault-docker:\n  <<: *x\n", "merge keys are not read"},
        {"docker:\n\t- x\n", "no YAML"},
        {"docker: {\n", "no YAML"},
        {"a: *b\n", "no YAML"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct registries_d registries;
        struct error error = {0};

        write_text("registries.d/a.yaml", rows[i].text);
        assert_int_equal(registries_d_read(in_store("registries.d"), &arena, &registries, &error), -1);
        assert_says(error.message, rows[i].message);
    }
}

static void test_one_scope_in_two_files(void **state)
{
    (void)state;
    struct registries_d registries;
    struct error error = {0};

    write_text("registries.d/a.yaml", "docker: {a.b: {}}\n");
    write_text("registries.d/b.yaml", "docker: {a.b: {}}\n");
    assert_int_equal(registries_d_read(in_store("registries.d"), &arena, &registries, &error), -1);
    assert_says(error.message, "both have the scope a.b");
    write_text("registries.d/a.yaml", "default-docker: {lookaside: x}\n");
    write_text("registries.d/b.yaml", "default-docker: {lookaside: y}\n");
    assert_int_equal(registries_d_read(in_store("registries.d"), &arena, &registries, &error), -1);
    assert_says(error.message, "both have default-docker");
    assert_int_equal(registries_d_read(in_store("nowhere"), &arena, &registries, &error), 0);
    assert_int_equal(registries.count, 0);
}

#else
/* A build without libyaml says so as soon as there is something to read. */
static void test_without_yaml(void **state)
{
    (void)state;
    struct registries_d registries;
    struct error error = {0};

    write_text("registries.d/a.yaml", "docker: {}\n");
    assert_int_equal(registries_d_read(in_store("registries.d"), &arena, &registries, &error), -1);
    assert_int_equal(error.kind, ERROR_UNSUPPORTED);
    assert_says(error.message, "without libyaml");
}

#endif

/* By every name, each place once; what cannot be looked at is told. */
static void test_by_names(void **state)
{
    (void)state;
    static const char *const names[] = {"reg.example.com/demo/tiny:1", "reg.example.com/demo/tiny:2",
                                        "NOT//a name", "far.example.com/x:1"};
    size_t length;
    const char *manifest;
    struct error error = {0};

    copy_sample("manifest-1.0.json", "manifest");
    manifest = read_whole(in_store("manifest"), &length);
    copy_sample("good/skopeo-rsa.sig", "look/demo/tiny@sha256=" HEX "/signature-1");
    copy_sample("good/ed25519.sig", "own/demo/tiny@sha256=" HEX "/signature-1");
    if (THWART_YAML)
        write_text(
            "registries.d/a.yaml",
            arena_format(&arena,
                         "docker: {reg.example.com: {lookaside: 'file://%s'}, far.example.com: {lookaside: "
                         "'http://far/'}}",
                         in_store("look")));
    const struct trust_places places = {.lookaside = in_store("own"),
                                        .registries_d = in_store("registries.d")};
    struct trust_image image = {
        .store = "containerd",
        .manifest = manifest,
        .manifest_length = length,
        .names = names,
        .name_count = sizeof(names) / sizeof(names[0]),
    };
    assert_int_equal(image_add_lookaside(&image, &places, &arena, &error), 0);
    assert_int_equal(image.signature_count, THWART_YAML ? 2 : 1);
    assert_string_equal(image.signatures[0].where, in_store("own/demo/tiny@sha256=" HEX "/signature-1"));
    if (!THWART_YAML)
        return;
    assert_says(image.lookaside, "(registries.d, reg.example.com): 1 signature");
    assert_says(image.lookaside, "http://far/ (registries.d, far.example.com) is not on this machine");
    assert_int_equal(image.seal_count, 3);
    assert_string_equal(image.seals[1], in_store("look/demo/tiny@sha256=" HEX "/seal"));

    write_text("registries.d/b.yaml", "[");
    image.signatures = NULL;
    image.signature_count = image.seal_count = 0;
    assert_int_equal(image_add_lookaside(&image, &places, &arena, &error), 0);
    assert_int_equal(image.signature_count, 1);
    assert_says(image.lookaside, "b.yaml");
}

/* An unprivileged user's own places. */
static void test_of_a_user(void **state)
{
    (void)state;
    static const char *const names[] = {"reg.example.com/demo/tiny:1"};
    const struct trust_places places = {.home = in_store("home")};
    struct error error = {0};
    size_t length;
    const char *manifest;

    copy_sample("manifest-1.0.json", "manifest");
    manifest = read_whole(in_store("manifest"), &length);
    write_text("home/.config/containers/registries.d/README", "");
    copy_sample("good/skopeo-rsa.sig",
                "home/.local/share/containers/sigstore/demo/tiny@sha256=" HEX "/signature-1");
    struct trust_image image = {
        .store = "x", .manifest = manifest, .manifest_length = length, .names = names, .name_count = 1};
    assert_int_equal(image_add_lookaside(&image, &places, &arena, &error), 0);
    assert_int_equal(image.signature_count, 1);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_scopes),
        STORE_TEST(test_folders_of_urls),
        STORE_TEST(test_reading),
        STORE_TEST(test_limits),
#if THWART_YAML
        STORE_TEST(test_most_specific_scope),
        STORE_TEST(test_refused_documents),
        STORE_TEST(test_one_scope_in_two_files),
#else
        STORE_TEST(test_without_yaml),
#endif
        STORE_TEST(test_by_names),
        STORE_TEST(test_of_a_user),
    };
    samples = count > 1 ? arguments[1] : "tests/samples/signatures";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
