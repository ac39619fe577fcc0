/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of images and the rules of identity, by tables. */
#include "unit.h"

#include "base/memory.h"
#include "trust/reference.h"

#define HEX    "72bb579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f"
#define DIGEST "sha256:" HEX

static struct error error;

static const char *repeated(struct arena *arena, const char *before, size_t count, const char *behind)
{
    char *letters = arena_allocate(arena, count + 1);

    memset(letters, 'a', count);
    return arena_format(arena, "%s%s%s", before, letters, behind);
}

static void names_are_normalised(void **state)
{
    static const struct {
        const char *text, *repository, *tag, *digest;
    } cases[] = {
        {"busybox", "docker.io/library/busybox", NULL, NULL},
        {"busybox:1.0", "docker.io/library/busybox", "1.0", NULL},
        {"busybox@" DIGEST, "docker.io/library/busybox", NULL, DIGEST},
        {"library/busybox", "docker.io/library/busybox", NULL, NULL},
        {"docker.io/busybox", "docker.io/library/busybox", NULL, NULL},
        {"docker.io/library/busybox", "docker.io/library/busybox", NULL, NULL},
        {"index.docker.io/busybox:2", "docker.io/library/busybox", "2", NULL},
        {"index.docker.io/a/b", "docker.io/a/b", NULL, NULL},
        {"user/name", "docker.io/user/name", NULL, NULL},
        {"localhost/a", "localhost/a", NULL, NULL},
        {"localhost:5000/a:b", "localhost:5000/a", "b", NULL},
        {"127.0.0.1:5000/demo/tiny:1.0", "127.0.0.1:5000/demo/tiny", "1.0", NULL},
        {"[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a", NULL, NULL},
        {"[::1]/a", "[::1]/a", NULL, NULL},
        {"Registry/a", "Registry/a", NULL, NULL}, /* an upper-case letter makes a host of it */
        {"quay.io/a/b/c/d:T.a_g-1@" DIGEST, "quay.io/a/b/c/d", "T.a_g-1", DIGEST},
        {"a.b-c.d/e__f-g---h.i_j", "a.b-c.d/e__f-g---h.i_j", NULL, NULL},
        {"r.io/a:_tag", "r.io/a", "_tag", NULL},
        {"r.io/a@sha512:" HEX HEX, "r.io/a", NULL, "sha512:" HEX HEX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_reference reference, again;

        if (trust_reference_parse(cases[i].text, &arena, &reference, &error) != 0)
            fail_msg("%s: %s", cases[i].text, error.message);
        assert_string_equal(reference.repository, cases[i].repository);
        assert_int_equal(reference.tag == NULL, cases[i].tag == NULL);
        if (cases[i].tag != NULL)
            assert_string_equal(reference.tag, cases[i].tag);
        assert_int_equal(reference.digest == NULL, cases[i].digest == NULL);
        if (cases[i].digest != NULL)
            assert_string_equal(reference.digest, cases[i].digest);
        assert_int_equal(trust_reference_is_name_only(&reference),
                         cases[i].tag == NULL && cases[i].digest == NULL);
        /* What is normal stays as it is. */
        assert_int_equal(trust_reference_parse(reference.text, &arena, &again, &error), 0);
        assert_string_equal(again.text, reference.text);
    }
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        ":",
        ":tag",
        "@" DIGEST,
        "/",
        "a/",
        "/a",
        "a//b",
        "docker.io/",
        "a:",
        "a@",
        "a:b:c",
        "a@b",
        "a:tag/b",
        "Busybox",
        "r.io/A",
        "r.io/a:.tag",
        "r.io/a:-tag",
        "r.io/a:t g",
        "r.io/a:t@",
        "r.io/ä",
        "r.io/a b",
        "r.io/-a",
        "r.io/a-",
        "r.io/a..b",
        "r.io/a___b",
        "r.io/a._b",
        "r.io/.a",
        "r.io/a_",
        "-r.io/a",
        "r-.io/a",
        "r..io/a",
        ".r.io/a",
        "r.io./a",
        "r.io:/a",
        "r.io:port/a",
        "[::1/a",
        "[g]:1/a",
        "[]:1/a",
        "r.io/a@sha256:"
        "72bb",
        "r.io/a@sha256:" HEX "00",
        "r.io/a@md5:72bb579c493005bc9bb480e269717e3a",
        "r.io/a@SHA256:" HEX,
        "r.io/a@sha256:72BB579c493005bc9bb480e269717e3afe58e5ab4ed8d234a89622a7b9eef10f",
        "r.io/a@" DIGEST ":tag",
        "r.io/a@" DIGEST "@" DIGEST,
        HEX,
        "http://r.io/a",
        "r.io/a\n",
        "r.io/a?x",
        "../a",
        "r.io/../a",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_reference reference;

        if (trust_reference_parse(texts[i], &arena, &reference, &error) == 0)
            fail_msg("\"%s\" is taken for %s", texts[i], reference.text);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
}

static void lengths_have_bounds(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct trust_reference reference;

    (void)state;
    assert_int_equal(trust_reference_parse(repeated(&arena, "r.io/", 250, ""), &arena, &reference, &error),
                     0);
    assert_int_equal(strlen(reference.repository), 255);
    assert_int_equal(trust_reference_parse(repeated(&arena, "r.io/", 251, ""), &arena, &reference, &error),
                     -1);
    assert_int_equal(trust_reference_parse(repeated(&arena, "r.io/a:", 128, ""), &arena, &reference, &error),
                     0);
    assert_int_equal(trust_reference_parse(repeated(&arena, "r.io/a:", 129, ""), &arena, &reference, &error),
                     -1);
    /* The name that it becomes counts. */
    assert_int_equal(trust_reference_parse(repeated(&arena, "", 255, ""), &arena, &reference, &error), -1);
    assert_int_equal(trust_reference_parse(repeated(&arena, "", 100000, ""), &arena, &reference, &error), -1);
    assert_int_equal(
        trust_reference_parse(repeated(&arena, "r.io/", 250,
                                       arena_format(&arena, "%s@" DIGEST, repeated(&arena, ":", 128, ""))),
                              &arena, &reference, &error),
        0);
}

static bool accepts(const struct trust_identity_rule *rule, const char *signed_text, const char *image_text,
                    struct arena *arena, const char **reason)
{
    struct trust_reference signed_name, image;

    assert_int_equal(trust_reference_parse(signed_text, arena, &signed_name, &error), 0);
    if (image_text != NULL)
        assert_int_equal(trust_reference_parse(image_text, arena, &image, &error), 0);
    return trust_identity_accepts(rule, &signed_name, image_text != NULL ? &image : NULL, arena, reason);
}

#define R "r.io/demo/bb"

static void rules_accept_what_they_say(void **state)
{
    static const struct {
        struct trust_identity_rule rule;
        const char *signed_name, *image;
        bool accepted;
    } cases[] = {
        /* matchRepoDigestOrExact: measured with a reference verifier for the first four. */
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", R ":1.0", true},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", R ":1.1", false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", R "@" DIGEST, true},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", "r.io/other/bb:1.0", false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", "r.io/other/bb@" DIGEST, false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R, R ":1.0", false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R, R "@" DIGEST, false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", R, false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", R ":1.0@" DIGEST, false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0@" DIGEST, R ":1.0@" DIGEST, true},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R "@" DIGEST, R "@" DIGEST, true},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R "@" DIGEST, R ":1.0", false},
        {{TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT}, R ":1.0", NULL, false},
        {{TRUST_MATCH_EXACT}, R ":1.0", R ":1.0", true},
        {{TRUST_MATCH_EXACT}, R ":1.0", R ":1.1", false},
        {{TRUST_MATCH_EXACT}, R ":1.0", R "@" DIGEST, false},
        {{TRUST_MATCH_EXACT}, R "@" DIGEST, R "@" DIGEST, true},
        {{TRUST_MATCH_EXACT}, R, R, false},
        {{TRUST_MATCH_EXACT}, R ":1.0", NULL, false},
        {{TRUST_MATCH_REPOSITORY}, R ":1.0", R ":1.0", true},
        {{TRUST_MATCH_REPOSITORY}, R ":1.0", R ":1.1", true},
        {{TRUST_MATCH_REPOSITORY}, R, R "@" DIGEST, true},
        {{TRUST_MATCH_REPOSITORY}, R ":1.0", "r.io/other/bb:1.0", false},
        {{TRUST_MATCH_REPOSITORY}, R ":1.0", "r.io/demo:1.0", false},
        {{TRUST_MATCH_REPOSITORY}, R ":1.0", NULL, false},
        {{TRUST_EXACT_REFERENCE, R ":1.0"}, R ":1.0", NULL, true},
        {{TRUST_EXACT_REFERENCE, R ":1.0"}, R ":1.0", "r.io/other/bb:1.0", true},
        {{TRUST_EXACT_REFERENCE, R ":1.0"}, R ":1.1", R ":1.1", false},
        {{TRUST_EXACT_REFERENCE, R ":1.0"}, R "@" DIGEST, NULL, false},
        {{TRUST_EXACT_REFERENCE, R}, R, NULL, false},
        {{TRUST_EXACT_REFERENCE, "busybox:1"}, "docker.io/library/busybox:1", NULL, true},
        {{TRUST_EXACT_REFERENCE, "Not A Name"}, R ":1.0", NULL, false},
        {{TRUST_EXACT_REFERENCE}, R ":1.0", NULL, false},
        {{TRUST_EXACT_REPOSITORY, R}, R ":1.0", NULL, true},
        {{TRUST_EXACT_REPOSITORY, R}, R "@" DIGEST, NULL, true},
        {{TRUST_EXACT_REPOSITORY, R}, "r.io/demo/bbb:1.0", NULL, false},
        {{TRUST_EXACT_REPOSITORY, R}, "r.io/demo/bb/c:1.0", NULL, false},
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/copy"}, R ":1.0", "m.io/copy/bb:1.0", true},
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/copy"}, R ":1.0", "m.io/copy/bb:1.1", false},
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/copy"}, R ":1.0", "m.io/copy/bb@" DIGEST, true},
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/copy"}, R ":1.0", R ":1.0", true},
        {{TRUST_REMAP_IDENTITY, "r.io/demo/bb", "m.io/x"}, R ":1.0", "m.io/x:1.0", true},
        /* By whole parts, and once. */
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/co"}, R ":1.0", "m.io/copy/bb:1.0", false},
        {{TRUST_REMAP_IDENTITY, "r.io", "m.io"}, "r.io/m.io/bb:1.0", "m.io/m.io/bb:1.0", true},
        {{TRUST_REMAP_IDENTITY, "r.io", "m.io"}, R ":1.0", "m.io:5000/demo/bb:1.0", false},
        /* What comes of it must be a full name. */
        {{TRUST_REMAP_IDENTITY, "busybox", "m.io/x"}, "docker.io/library/busybox:1.0", "m.io/x:1.0", false},
        {{TRUST_REMAP_IDENTITY, "r.io", "m.io/"}, R ":1.0", "m.io/demo/bb:1.0", false},
        {{TRUST_REMAP_IDENTITY, "r.io/demo", "m.io/copy"}, R ":1.0", NULL, false},
        {{TRUST_MATCH_PATTERN, "r.io/*/bb:*"}, R ":1.0", NULL, true},
        {{TRUST_MATCH_PATTERN, "r.io/**"}, R ":1.0", NULL, true},
        {{TRUST_MATCH_PATTERN, "r.io/*"}, R ":1.0", NULL, false},
        {{TRUST_MATCH_PATTERN, R}, R ":1.0", NULL, false},
        {{TRUST_MATCH_PATTERN, "docker.io/library/busybox:*"}, "busybox:1", NULL, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        const char *reason = NULL;

        if (accepts(&cases[i].rule, cases[i].signed_name, cases[i].image, &arena, &reason) !=
            cases[i].accepted)
            fail_msg("case %zu: signed %s, image %s: %s", i, cases[i].signed_name,
                     cases[i].image != NULL ? cases[i].image : "unknown",
                     reason != NULL ? reason : "accepted");
        assert_int_equal(reason == NULL, cases[i].accepted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_normalised),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(lengths_have_bounds),
        cmocka_unit_test(rules_accept_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
