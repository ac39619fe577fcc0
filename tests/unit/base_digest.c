/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256: the published examples, and the portable code against what this CPU offers. */
#include "unit.h"

/* For the two static compression functions, of which one machine runs only one. */
#include "base/digest.c"

static void published_examples(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    static char million[1000000];
    char hex[DIGEST_HEX_SIZE];
    struct digest whole;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        whole = digest_of(cases[i].text, strlen(cases[i].text));
        digest_hex(&whole, hex);
        assert_string_equal(hex, cases[i].hex);
    }
    memset(million, 'a', sizeof(million));
    whole = digest_of(million, sizeof(million));
    digest_hex(&whole, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void pieces_make_the_same_whole(void **state)
{
    char bytes[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7);
    for (size_t length = 0; length < sizeof(bytes); length++) {
        struct digest_state pieces;
        struct digest digest, whole = digest_of(bytes, length);

        digest_begin(&pieces);
        for (size_t at = 0; at < length; at += 7)
            digest_add(&pieces, bytes + at, length - at < 7 ? length - at : 7);
        digest = digest_end(&pieces);
        assert_memory_equal(digest.bytes, whole.bytes, DIGEST_BYTES);
    }
}

static void portable_code_agrees(void **state)
{
    uint8_t blocks[4 * BLOCK_BYTES];
    struct digest_state one, other;

    (void)state;
    digest_begin(&one);
    digest_begin(&other);
    for (unsigned int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof(blocks); i++)
            blocks[i] = (uint8_t)(i * 31 + round * 17 + (i * round >> 3));
        compress(one.words, blocks, 4);
        compress_portable(other.words, blocks, 4);
        assert_memory_equal(one.words, other.words, sizeof(one.words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_examples),
        cmocka_unit_test(pieces_make_the_same_whole),
        cmocka_unit_test(portable_code_agrees),
    };

    return cmocka_run_group_tests_name("base_digest", tests, NULL, NULL);
}
