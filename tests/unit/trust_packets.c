/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The framing of messages, made by hand. */
#include "unit.h"

#include "base/memory.h"
#include "trust/packets.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
/* Packets with bodies of one or two bytes, in the old form and in the new. */
#define ONE_PASS      0x90, 1, 0
#define LITERAL       0xac, 1, 0
#define SIGNATURE     0x88, 1, 0
#define ONE_PASS_NEW  0xc4, 1, 0
#define LITERAL_NEW   0xcb, 1, 0
#define SIGNATURE_NEW 0xc2, 1, 0

static struct error error;

static void one_signed_message_is_taken(void **state)
{
    const struct {
        const uint8_t *bytes;
        size_t length;
        bool compressed;
    } cases[] = {
        {BYTES(ONE_PASS, LITERAL, SIGNATURE), false},
        {BYTES(ONE_PASS_NEW, LITERAL_NEW, SIGNATURE_NEW), false},
        {BYTES(SIGNATURE, LITERAL), false},
        {BYTES(0x91, 0, 1, 0, 0xae, 0, 0, 0, 1, 0, SIGNATURE), false},        /* longer lengths, old */
        {BYTES(ONE_PASS, 0xcb, 255, 0, 0, 0, 2, 0, 0, SIGNATURE), false},     /* and new */
        {BYTES(ONE_PASS, 0xcb, 0xe1, 0, 0, 0xe0, 0, 1, 0, SIGNATURE), false}, /* data in parts: 2, 1, 1 */
        {BYTES(0xa3, 1, 0, 0, 0), true},                                      /* compressed, to the end */
        {BYTES(0xc8, 3, 1, 0, 0), true},
        {BYTES(0xc8, 0xe1, 2, 0, 1, 0), true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (trust_packets_check(cases[i].bytes, cases[i].length, &error) != 0)
            fail_msg("case %zu: %s", i, error.message);
        assert_int_equal(trust_packets_check_plain(cases[i].bytes, cases[i].length, &error),
                         cases[i].compressed ? -1 : 0);
    }
}

static void everything_else_is_refused(void **state)
{
    const struct {
        const uint8_t *bytes;
        size_t length;
        const char *words;
    } cases[] = {
        {BYTES('{', '}'), "begins with byte 0x7b"},
        {BYTES('-', '-', '-'), "armored"},
        {BYTES(0), "begins with byte 0x00"},
        {BYTES(SIGNATURE), "detached"},
        {BYTES(SIGNATURE, SIGNATURE), "more than one signature"},
        {BYTES(LITERAL), "data and no signature"},
        {BYTES(LITERAL, SIGNATURE), "data and no signature"},
        {BYTES(ONE_PASS), "neither data nor signature"},
        {BYTES(ONE_PASS, SIGNATURE), "a signature and no data"},
        {BYTES(ONE_PASS, LITERAL), "behind the data is missing"},
        {BYTES(ONE_PASS, ONE_PASS, LITERAL, SIGNATURE, SIGNATURE), "more than one"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, SIGNATURE), "more than one signature"},
        {BYTES(ONE_PASS, LITERAL, LITERAL, SIGNATURE), "more than one message"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, LITERAL), "more than one message"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, ONE_PASS, LITERAL, SIGNATURE), "more than one"},
        {BYTES(SIGNATURE, LITERAL, SIGNATURE), "more than one signature"},
        {BYTES(SIGNATURE, SIGNATURE, LITERAL), "more than one signature"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, 0), "begins no OpenPGP packet"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, 'x'), "begins no OpenPGP packet"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, 0x80, 0), "reserved"},
        {BYTES(0xc0, 0), "reserved"},
        {BYTES(ONE_PASS, LITERAL, SIGNATURE, 0xca, 3, 'P', 'G', 'P'), "a packet (10)"}, /* a marker */
        {BYTES(0x99, 0, 1, 4), "a packet (6)"},                                         /* a key */
        {BYTES(0x85, 0, 1, 3), "a packet (1)"},                                         /* encrypted */
        {BYTES(ONE_PASS, 0xa3, 1, 0), "a packet (8)"},               /* compressed inside of the signature */
        {BYTES(ONE_PASS, 0xaf, 0, SIGNATURE), "length is not told"}, /* data that swallows the signature */
        {BYTES(0x93, 0), "length is not told"},
        {BYTES(0xc4, 0xe0, 0, 0), "length is not told"}, /* only data comes in parts */
        {BYTES(ONE_PASS, LITERAL, 0x88, 2, 0), "cut off"},
        {BYTES(ONE_PASS, LITERAL, 0x88), "cut off"},
        {BYTES(ONE_PASS, LITERAL, 0x89, 1), "cut off"},
        {BYTES(ONE_PASS, LITERAL, 0xc2, 255, 0xff, 0xff, 0xff, 0xff), "cut off"},
        {BYTES(ONE_PASS, LITERAL, 0xc2, 255, 0xff, 0xff), "cut off"},
        {BYTES(ONE_PASS, LITERAL, 0xc2, 200), "cut off"},
        {BYTES(ONE_PASS, 0xcb, 0xe1, 0, 0), "cut off"}, /* no last part */
        {BYTES(0xc8, 3, 1, 0, 0, SIGNATURE), "goes on behind the message"},
        {BYTES(0xc8, 3, 1, 0, 0, 0), "goes on behind the message"},
        {BYTES(0xb4, 1, 0), "a packet (13)"},
    };

    (void)state;
    assert_int_equal(trust_packets_check("", 0, &error), -1);
    assert_string_equal(error.message, "it is empty");
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (trust_packets_check(cases[i].bytes, cases[i].length, &error) == 0)
            fail_msg("case %zu is taken", i);
        assert_int_equal(error.kind, ERROR_INVALID);
        if (strstr(error.message, cases[i].words) == NULL)
            fail_msg("case %zu: %s", i, error.message);
    }
}

static void size_has_a_bound(void **state)
{
    uint8_t *bytes = calloc(1, TRUST_SIGNATURE_BYTES_MAX + 1);

    (void)state;
    assert_non_null(bytes);
    bytes[0] = 0xa3;
    assert_int_equal(trust_packets_check(bytes, TRUST_SIGNATURE_BYTES_MAX, &error), 0);
    assert_int_equal(trust_packets_check(bytes, TRUST_SIGNATURE_BYTES_MAX + 1, &error), -1);
    assert_non_null(strstr(error.message, "more than"));
    free(bytes);
}

static void compressed_bytes_are_found(void **state)
{
    const struct {
        const uint8_t *bytes;
        size_t length;
        enum trust_compression compression;
        const char *compressed;
    } cases[] = {
        {BYTES(ONE_PASS, LITERAL, SIGNATURE), TRUST_COMPRESSION_NONE, NULL},
        {BYTES(0xa3, 1, 'a', 'b'), TRUST_COMPRESSION_ZIP, "ab"},
        {BYTES(0xa0, 4, 2, 'a', 'b', 'c'), TRUST_COMPRESSION_ZLIB, "abc"},
        {BYTES(0xc8, 2, 3, 'a'), TRUST_COMPRESSION_BZIP2, "a"},
        {BYTES(0xc8, 0xe1, 3, 'a', 0xe2, 'b', 'c', 'd', 'e', 1, 'f'), TRUST_COMPRESSION_BZIP2, "abcdef"},
        {BYTES(0xc8, 0xe0, 3, 0xe0, 'a', 0), TRUST_COMPRESSION_BZIP2, "a"},
    };
    const struct {
        const uint8_t *bytes;
        size_t length;
    } unknown[] = {{BYTES(0xa3)}, {BYTES(0xa3, 0, 1)}, {BYTES(0xa3, 4, 1)}, {BYTES(0xc8, 0)}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        enum trust_compression compression;
        const void *compressed;
        size_t length;

        assert_int_equal(trust_packets_check(cases[i].bytes, cases[i].length, &error), 0);
        assert_int_equal(trust_packets_compression(cases[i].bytes, cases[i].length, &arena, &compression,
                                                   &compressed, &length, &error),
                         0);
        assert_int_equal(compression, cases[i].compression);
        if (cases[i].compressed == NULL) {
            assert_ptr_equal(compressed, cases[i].bytes);
            continue;
        }
        assert_int_equal(length, strlen(cases[i].compressed));
        assert_memory_equal(compressed, cases[i].compressed, length);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
        cleanup_arena struct arena arena = {0};
        enum trust_compression compression;
        const void *compressed;
        size_t length;

        assert_int_equal(trust_packets_compression(unknown[i].bytes, unknown[i].length, &arena, &compression,
                                                   &compressed, &length, &error),
                         -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_signed_message_is_taken),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(size_has_a_bound),
        cmocka_unit_test(compressed_bytes_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
