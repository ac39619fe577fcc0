/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seals without a tree: the signed member, the one spelling of lists, digests as fs-verity computes them. */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "trust/seal.h"
#include "trust/seal_list.h"
#include "trust/verity_digest.h"

#define ZEROS   "0000000000000000000000000000000000000000000000000000000000000000"
#define DIGEST  "sha256:" ZEROS
#define GOOD    "\"version\":1,\"digest\":\"" DIGEST "\",\"files\":3"
#define ROOT    "d 0755 0 0 - - .\n"
#define FILE_OF "f 0644 0 0 3 " ZEROS " verity=" ZEROS " "

static int read_member(const char *member, const struct trust_seal **seal, struct arena *arena,
                       struct error *error)
{
    const char *text = arena_format(arena, "{\"io.thwart.seal\":%s}", member);
    struct json_value *value;

    assert_int_equal(json_read(text, strlen(text), "optional", NULL, arena, &value, error), 0);
    return trust_seal_read(value, arena, seal, error);
}

static void members(void **state)
{
    static const struct {
        const char *text, *message; /* NULL: accepted */
    } rows[] = {
        {"{" GOOD "}", NULL},
        {"{\"files\":1,\"version\":1,\"digest\":\"" DIGEST "\"}", NULL},
        {"[]", "must be an object"},
        {"{}", "lacks version"},
        {"{" GOOD ",\"note\":1}", "no such member: note"},
        {"{\"version\":2,\"digest\":\"" DIGEST "\",\"files\":3}", "version 1 alone"},
        {"{\"version\":1.0,\"digest\":\"" DIGEST "\",\"files\":3}", "version 1 alone"},
        {"{\"version\":\"1\",\"digest\":\"" DIGEST "\",\"files\":3}", "version 1 alone"},
        {"{\"version\":1,\"digest\":\"" ZEROS "\",\"files\":3}", "a SHA-256 digest"},
        {"{\"version\":1,\"digest\":\"sha512:" ZEROS ZEROS "\",\"files\":3}", "a SHA-256 digest"},
        {"{\"version\":1,\"digest\":7,\"files\":3}", "a SHA-256 digest"},
        {"{\"version\":1,\"digest\":\"" DIGEST "\"}", "lacks files"},
        {"{\"version\":1,\"files\":3}", "lacks digest"},
        {"{\"version\":1,\"digest\":\"" DIGEST "\",\"files\":0}", "from 1 on"},
        {"{\"version\":1,\"digest\":\"" DIGEST "\",\"files\":-1}", "from 1 on"},
        {"{\"version\":1,\"digest\":\"" DIGEST "\",\"files\":1e3}", "from 1 on"},
        {"{\"version\":1,\"digest\":\"" DIGEST "\",\"files\":9007199254740993}", "from 1 on"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        cleanup_arena struct arena arena = {0};
        const struct trust_seal *seal;
        struct error error = {0};
        int status = read_member(rows[i].text, &seal, &arena, &error);

        if (rows[i].message == NULL) {
            assert_int_equal(status, 0);
            assert_string_equal(seal->digest, DIGEST);
            assert_null(seal->list);
        } else {
            assert_int_equal(status, -1);
            assert_null(seal);
            if (strstr(error.message, rows[i].message) == NULL)
                fail_msg("%s: %s", rows[i].text, error.message);
        }
    }
}

static void none_is_none(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_seal *seal = (const struct trust_seal *)state;
    struct error error = {0};
    struct json_value *value;

    assert_int_equal(json_read("{\"io.thwart.Seal\":1}", 20, "o", NULL, &arena, &value, &error), 0);
    assert_int_equal(trust_seal_read(value, &arena, &seal, &error), 0);
    assert_null(seal);
}

static void what_is_encoded_is_read(void **state)
{
    cleanup_arena struct arena arena = {0};
    const struct trust_seal written = {.digest = DIGEST, .files = 9007199254740992}, *seal;
    const char *text = arena_format(&arena, "{%s}", trust_seal_encode(&written, &arena));
    struct json_value *value;
    struct error error = {0};

    (void)state;
    assert_int_equal(json_read(text, strlen(text), "o", NULL, &arena, &value, &error), 0);
    assert_int_equal(trust_seal_read(value, &arena, &seal, &error), 0);
    assert_true(seal->files == written.files && strcmp(seal->digest, written.digest) == 0);
}

static void only_its_own_list_is_attached(void **state)
{
    /* SHA-256 of "abc" (FIPS 180-4's example) */
    const struct trust_seal seal = {
        .digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", .files = 1};
    struct trust_seal attached = {0};
    struct error error = {0};

    (void)state;
    assert_int_equal(trust_seal_attach(&seal, "abc", 3, &attached, &error), 0);
    assert_true(attached.length == 3 && attached.files == 1);
    assert_int_equal(trust_seal_attach(&seal, "abd", 3, &attached, &error), -1);
    assert_int_equal(error.kind, ERROR_UNTRUSTED);
    assert_int_equal(trust_seal_attach(&seal, "abc", 2, &attached, &error), -1);
}

/* ---- lists ---- */

static int read_list(const char *text, struct error *error)
{
    /* Without the NUL: nothing may be read behind the end. */
    char *copy = malloc(strlen(text) + 1);
    struct seal_reader reader;
    int status;

    assert_non_null(copy);
    memcpy(copy, text, strlen(text));
    reader = (struct seal_reader){.list = copy, .length = strlen(text)};
    while ((status = seal_reader_next(&reader, error)) == 1)
        continue;
    seal_reader_free(&reader);
    free(copy);
    return status;
}

static void good_lists(void **state)
{
    static const char *const rows[] = {
        ROOT,
        ROOT FILE_OF "./a\n",
        ROOT "d 0755 0 0 - - ./etc\n" FILE_OF "./etc/a\n" FILE_OF "./etc-a\n",
        ROOT "l 0777 0 0 - - ./a -> /../x\\040y\n",
        ROOT "c 0000 0 0 0:0 - ./a\nb 0600 1 2 8:1048575 - ./b\np 0600 0 0 - - ./p\ns 0600 0 0 - - ./s\n",
        ROOT FILE_OF "./a\nh - - - - - ./b => ./a\nh - - - - - ./c => ./a\n",
        ROOT FILE_OF "./a\\040\\012\\377\\134\nh - - - - - ./b => ./a\\040\\012\\377\\134\n",
        ROOT "f 4755 4294967295 0 9223372036854775807 " ZEROS " verity=" ZEROS " exec ./a\n",
        ROOT FILE_OF "xattr.security.capability=AQID xattr.user.\\075x= xattr.user.z=/w== ./a\n",
        ROOT FILE_OF "./...\n" FILE_OF "./..a\n",
        "d 1777 0 0 - - .\n",
        "d 0755 7 8 - - xattr.system.posix_acl_access=AAAA .\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char text[2048];
        struct error error = {0};

        snprintf(text, sizeof(text), "thwart seal 1\n%s", rows[i]);
        if (read_list(text, &error) != 0)
            fail_msg("%s: %s", text, error.message);
    }
}

static void bad_lists(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "line 1"},
        {"thwart seal 1", "line 1"},
        {"thwart seal 2\n" ROOT, "line 1"},
        {"thwart seal 1\n", "line 2: there is no file"},
        {"thwart seal 1\r\n" ROOT, "line 1"},
        {"thwart seal 1\n" ROOT "d 0755 0 0 - - ./a", "line 3: it is cut"},
        {"thwart seal 1\n" FILE_OF "./a\n", "the root folder's"},
        {"thwart seal 1\nd 0555 0 0 - - .\n", "the root folder's"},
        {"thwart seal 1\n" ROOT "\n", "line 3"},
        {"thwart seal 1\n" ROOT ROOT, "out of order"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\n" FILE_OF "./a\n", "out of order, or there twice"},
        {"thwart seal 1\n" ROOT FILE_OF "./b\n" FILE_OF "./a\n", "out of order"},
        {"thwart seal 1\n" ROOT "d 0755 0 0 - - ./e\n" FILE_OF "./e-\n" FILE_OF "./e/a\n", "out of order"},
        {"thwart seal 1\n" ROOT FILE_OF "./e/a\n", "no folder that it is in"},
        {"thwart seal 1\n" ROOT FILE_OF "./e\n" FILE_OF "./e/a\n", "no folder that it is in"},
        {"thwart seal 1\n" ROOT "d 0755 0 0 - - ./e\n" FILE_OF "./e/f/a\n", "no folder that it is in"},
        {"thwart seal 1\n" ROOT "d 0755 0 0 - - ./e\n" FILE_OF "./f/a\n", "no folder that it is in"},
        {"thwart seal 1\n" ROOT FILE_OF "/etc/passwd\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "etc\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./../x\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./..\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "..\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./.\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./\\056\\056/x\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF ".//x\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./x/\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\\000\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\\400\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\\04\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF "./\\141\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\tb\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT FILE_OF "./\xc3\xa9\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT FILE_OF "./a \n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT FILE_OF " ./a\n", "none that thwart writes"},
        {"thwart seal 1\n" ROOT "f 0644 00 0 3 " ZEROS " verity=" ZEROS " ./a\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT "f 0644 0 0 03 " ZEROS " verity=" ZEROS " ./a\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT "f 0644 0 0 +3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 644 0 0 3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 10644 0 0 3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 0648 0 0 3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 0644 4294967296 0 3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 0644 0 0 9223372036854775808 " ZEROS " verity=" ZEROS " ./a\n",
         "none that"},
        {"thwart seal 1\n" ROOT "f 0644 0 0 3 " ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 0644 0 0 3 - verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "f 0755 0 0 3 " ZEROS " verity=" ZEROS " ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "exec ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.b= xattr.user.a= ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.a= xattr.user.a= ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.= ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.a=/x== ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.a=AAA ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.a=A=== ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.trusted.overlay.opaque=eQ== ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "xattr.user.overlay.redirect=eQ== ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "l 0777 0 0 - - ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "l 0777 0 0 - - ./a -> \n", "none that thwart"},
        {"thwart seal 1\n" ROOT FILE_OF "./a -> b\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "c 0600 0 0 1 - ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "c 0600 0 0 01:3 - ./a\n", "writes it otherwise"},
        {"thwart seal 1\n" ROOT "p 0600 0 0 1:3 - ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "x 0600 0 0 - - ./a\n", "none that thwart"},
        {"thwart seal 1\n" ROOT "h - - - - - ./b => ./a\n", "has no line before"},
        {"thwart seal 1\n" ROOT FILE_OF "./b\nh - - - - - ./c => ./a\n", "has no line before"},
        {"thwart seal 1\n" ROOT "h - - - - - ./a => ./b\n" FILE_OF "./b\n", "has no line before"},
        {"thwart seal 1\n" ROOT "h - - - - - ./a => ./a\n", "has no line before"},
        {"thwart seal 1\n" ROOT "h - - - - - ./a => .\n", "has no line before"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\nh - - - - - ./b => ./a\nh - - - - - ./c => ./b\n",
         "has no line before"},
        {"thwart seal 1\n" ROOT FILE_OF "./a\nh 0644 0 0 - - ./b => ./a\n", "none that thwart"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error error = {0};

        if (read_list(rows[i].text, &error) != -1)
            fail_msg("read: %s", rows[i].text);
        assert_int_equal(error.kind, ERROR_INVALID);
        if (strstr(error.message, rows[i].message) == NULL)
            fail_msg("%s: %s", rows[i].text, error.message);
    }
}

/* Any byte that is another makes another list, or none: never the same entries. */
static void every_byte_counts(void **state)
{
    static const char text[] =
        "thwart seal 1\n" ROOT "d 0755 0 0 - - ./b\n" FILE_OF
        "xattr.user.a=AQI= ./b/a\nl 0777 0 0 - - ./b/l -> x\nh - - - - - ./c => ./b/a\n";
    char changed[sizeof(text)];

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        for (unsigned int byte = 0; byte < 256; byte += byte < 127 ? 1 : 64) {
            struct seal_reader reader = {.list = changed, .length = sizeof(text) - 1};
            struct text again = text_growing(1 << 16);
            struct error error = {0};
            int status;

            memcpy(changed, text, sizeof(text));
            changed[i] = (char)byte;
            text_append(&again, SEAL_FIRST_LINE);
            while ((status = seal_reader_next(&reader, &error)) == 1)
                seal_entry_write(&again, &reader.entry);
            if (status == 0)
                assert_true(again.length == sizeof(text) - 1 &&
                            memcmp(again.bytes, changed, again.length) == 0);
            text_free(&again);
            seal_reader_free(&reader);
        }
}

static void lines_are_found(void **state)
{
    static char list[400000];
    struct text text = text_over(list, sizeof(list));
    const struct tree_path missing[] = {
        {"./0", 3}, {"./zzz", 5}, {"./n\xff", 4}, {"./n\x01", 4}, {"./n5/a", 6}};

    (void)state;
    text_append(&text, SEAL_FIRST_LINE ROOT);
    for (int i = 0; i < 1500; i++)
        text_append_format(
            &text, i % 3 == 0 ? FILE_OF "xattr.user.a=AQI= ./n\\%03o%04d\n" : FILE_OF "./n\\%03o%04d\n",
            1 + i / 60, i);
    assert_false(text.overflow);
    for (int i = 0; i < 1500; i++) {
        char name[16];
        struct tree_path path = {name, (size_t)snprintf(name, sizeof(name), "./n%c%04d", 1 + i / 60, i)};
        const char *line = seal_list_find(list, list + text.length, &path);

        assert_non_null(line);
        assert_true(strtol(strchr(strstr(line, "./n"), '\\') + 4, NULL, 10) == i);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(missing); i++)
        assert_null(seal_list_find(list, list + text.length, &missing[i]));
}

static void paths_have_an_order(void **state)
{
    static const char *const ordered[] = {".",    "./a",   "./a/b", "./a/b/c",  "./a/b!",
                                          "./a!", "./a-b", "./b",   "./b/\x01", "./\xff"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(ordered); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(ordered); j++) {
            int order = tree_path_compare(ordered[i], strlen(ordered[i]), ordered[j], strlen(ordered[j]));

            assert_true(i == j ? order == 0 : i < j ? order < 0 : order > 0);
        }
}

/* Known answers, by another implementation of the kernel's filesystems/fsverity. The first is what everybody
 * knows as the digest of an empty file. */
static void verity_by_any_pieces(void **state)
{
    static const struct {
        size_t size;
        const char *hex;
    } rows[] = {
        {0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"},
        {1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551"},
        {4095, "494740aad01e3405e45d7d70d0bbd3aea3a32628b9d86002a190f33c31ac0172"},
        {4096, "2a2d724c5c69dcb40523b4d15bb86c522e5a479909bf7c392088d4cd92d8c33c"},
        {4097, "d1512eea96b9469478cbb1fffccbc66fcdaa41322c1363b09480f215162c7b13"},
        {8192, "5f6f01306cf3ca7b7a83a74bef3952d4acf3bf071bb54b0cf0ccd9bdda975284"},
        {524288, "6e2369a597fd02186e6f91ccbf5bf438c2b68bb685e3fa994282647c1d2999a8"},
        {524289, "9efcb5665d86813b4558fd972215fb3e16a2416a2f5095defc1a1befd1d3d454"},
        {528384, "d8825bd37badefb3dd2e745a2313e16244e5cb414a81a1dd701f163fac3c579f"},
        {1048577, "cb1b215d402c5e432223a65e603795634a7a4847cb24a3523090b62cf6602cca"},
    };
    static unsigned char bytes[1048577];
    static struct verity_state whole, pieces;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + (i >> 11));
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        verity_begin(&whole);
        verity_add(&whole, bytes, rows[i].size);
        digest = verity_end(&whole);
        digest_hex(&digest, hex);
        assert_string_equal(hex, rows[i].hex);
        verity_begin(&pieces);
        for (size_t at = 0, part = 1; at < rows[i].size; at += part, part = part * 3 % 10007 + 1) {
            part = part < rows[i].size - at ? part : rows[i].size - at;
            verity_add(&pieces, bytes + at, part);
        }
        digest = verity_end(&pieces);
        digest_hex(&digest, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(what_is_encoded_is_read),
        cmocka_unit_test(only_its_own_list_is_attached),
        cmocka_unit_test(good_lists),
        cmocka_unit_test(bad_lists),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(lines_are_found),
        cmocka_unit_test(paths_have_an_order),
        cmocka_unit_test(verity_by_any_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
