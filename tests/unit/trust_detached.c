/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detached signatures: one armored block of version 4 over bytes; what gpg says of them is tested with gpg
 * (tests/integration/policy_signed.bats). */
#include "unit.h"

#include "base/base64.h"
#include "base/memory.h"
#include "trust/detached.h"
#include "trust/packets.h"

#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END   "-----END PGP SIGNATURE-----\n"

/* By gpg --armor --detach-sign. */
static const char real[] = BEGIN "\n"
                                 "iHUEABYIAB0WIQSC91yzTS0IaaP1/INFCa+ilwY60gUCawUDFAAKCRBFCa+ilwY6\n"
                                 "0k0YAQD9L5HpbhtAd/rf2rYwDli6KAYQ4XPe3AdjyAkT4EHd3AD/VF6nYfGaXitP\n"
                                 "37yTnFicJkJiroP44GzB2rCLsZS8Xg4=\n"
                                 "=+PKF\n" END;

static struct error error;

static void a_real_one(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct trust_detached detached;
    const uint8_t *message;
    size_t length;

    (void)state;
    assert_int_equal(trust_detached_read(real, strlen(real), &arena, &detached, &error), 0);
    assert_int_equal(detached.count, 1);
    assert_int_equal(detached.signatures[0].length, 119);
    assert_int_equal(
        trust_detached_message(&detached, 0, "abc", 3, &arena, (const void **)&message, &length, &error), 0);
    assert_int_equal(length, 119 + 6 + 6 + 3);
    assert_memory_equal(message, detached.signatures[0].bytes, 119);
    assert_memory_equal(message + 119,
                        "\xcb\xff\0\0\0\x09"
                        "b\0\0\0\0\0abc",
                        15);
    assert_int_equal(trust_packets_check(message, length, &error), 0);
    /* Empty files are signed, too. */
    assert_int_equal(
        trust_detached_message(&detached, 0, "", 0, &arena, (const void **)&message, &length, &error), 0);
    assert_int_equal(trust_detached_message(&detached, 0, real, TRUST_SIGNATURE_BYTES_MAX - 100, &arena,
                                            (const void **)&message, &length, &error),
                     -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
}

/* Packets of our own making: an old header, then the body. */
static const char *armored(struct arena *arena, const char *packets, size_t length)
{
    return arena_format(arena, BEGIN "Version: x\nComment: y: z\n\n%s\n" END,
                        base64_encode(packets, length, arena));
}

#define PACKET(bytes)                                                                                        \
    {                                                                                                        \
        (bytes), sizeof(bytes) - 1                                                                           \
    }

static void packets(void **state)
{
    static const struct {
        struct {
            const char *bytes;
            size_t length;
        } packets;
        size_t count;
        const char *told;
    } cases[] = {
        {PACKET("\x88\x03\x04\x00\x16"), 1, NULL},
        {PACKET("\xc2\x03\x04\x00\x16"), 1, NULL},
        {PACKET("\x88\x03\x04\x00\x16\x88\x03\x04\x00\x01"), 2, NULL},
        {PACKET("\x88\x03\x03\x00\x16"), 0, "version 3"},
        {PACKET("\x88\x03\x05\x00\x16"), 0, "version 5"},
        {PACKET("\x88\x03\x06\x00\x16"), 0, "version 6"},
        {PACKET("\x88\x03\x04\x01\x16"), 0, "over text"},
        {PACKET("\x88\x03\x04\x10\x16"), 0, "type 0x10"},
        {PACKET("\x88\x03\x04\x40\x16"), 0, "type 0x40"},
        {PACKET("\x88\x01\x04"), 0, "version"},
        {PACKET("\x88\x00"), 0, "version 0"},
        {PACKET("\x88\x04\x04\x00\x16"), 0, "cut off"},
        {PACKET("\x8b\x04\x00\x16"), 0, "no detached signature has"},     /* to the end */
        {PACKET("\xc2\xe1\x04\x00\x00"), 0, "no detached signature has"}, /* in parts */
        {PACKET("\xcb\x03\x62\x00\x00"), 0, "packet (11)"},
        {PACKET("\x88\x03\x04\x00\x16\xcb\x03\x62\x00\x00"), 0, "packet (11)"},
        {PACKET("\x90\x01\x03"), 0, "packet (4)"},
        {PACKET("\x88\x03\x04\x00\x16\x00"), 0, "begins no OpenPGP packet"},
        {PACKET("\x7f"), 0, "begins no OpenPGP packet"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        const char *text = armored(&arena, cases[i].packets.bytes, cases[i].packets.length);
        struct trust_detached detached;
        int result = trust_detached_read(text, strlen(text), &arena, &detached, &error);

        if (cases[i].told == NULL ? result != 0 || detached.count != cases[i].count
                                  : result == 0 || strstr(error.message, cases[i].told) == NULL)
            fail_msg("case %zu: %s", i, result != 0 ? error.message : "is one");
    }
}

static void many(void **state)
{
    static const char one[] = {(char)0x88, 3, 4, 0, 22};
    cleanup_arena struct arena arena = {0};
    char bytes[(TRUST_DETACHED_MAX + 1) * sizeof(one)];
    struct trust_detached detached;
    const char *text;

    (void)state;
    for (size_t i = 0; i <= TRUST_DETACHED_MAX; i++)
        memcpy(bytes + i * sizeof(one), one, sizeof(one));
    text = armored(&arena, bytes, sizeof(bytes) - sizeof(one));
    assert_int_equal(trust_detached_read(text, strlen(text), &arena, &detached, &error), 0);
    assert_int_equal(detached.count, TRUST_DETACHED_MAX);
    text = armored(&arena, bytes, sizeof(bytes));
    assert_int_equal(trust_detached_read(text, strlen(text), &arena, &detached, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    text = arena_allocate(&arena, TRUST_DETACHED_BYTES_MAX + 1);
    assert_int_equal(trust_detached_read(text, TRUST_DETACHED_BYTES_MAX + 1, &arena, &detached, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
}

#define BODY "\niAMEABY=\n"

static void armor(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {BEGIN BODY END, NULL},
        {BEGIN "\niAME\nABY=\n" END, NULL},
        {BEGIN BODY "=AAAA\n" END, NULL}, /* a checksum is no proof, and none of its absence */
        {"\n\n" BEGIN BODY END "\n  \n", NULL},
        {BEGIN "\r\niAMEABY=\r\n-----END PGP SIGNATURE-----\r\n", NULL},
        {BEGIN BODY "-----END PGP SIGNATURE-----", NULL},
        {"", "holds no signature"},
        {"\n\n", "holds no signature"},
        {"hello\n" BEGIN BODY END, "line 1: expected"},
        {"-----BEGIN PGP MESSAGE-----\n" BODY "-----END PGP MESSAGE-----\n", "line 1: expected"},
        {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n" BEGIN BODY END, "line 1: expected"},
        {"-----BEGIN PGP PUBLIC KEY BLOCK-----\n" BODY, "line 1: expected"},
        {BEGIN, "cut off"},
        {BEGIN "Version: x\n", "cut off"},
        {BEGIN "iAMEABY=\n" END, "line 2: expected a header"},
        {BEGIN BODY, "not closed"},
        {BEGIN BODY "-----END PGP MESSAGE-----\n", "not closed"},
        {BEGIN "\niAMEABY\n" END, "no base64"},
        {BEGIN "\niAME ABY=\n" END, "no base64"},
        {BEGIN "\n" END, "no base64"},
        {BEGIN BODY "\n" END, "line 4: expected the end"},
        {BEGIN BODY "=AAAA\niAME\n" END, "line 5: expected the end"},
        {BEGIN BODY END "x\n", "line 5: it goes on"},
        {BEGIN BODY END BEGIN BODY END, "line 5: it goes on"},
        {"\x88\x03\x04", "is not armored"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_arena struct arena arena = {0};
        struct trust_detached detached;
        int result = trust_detached_read(cases[i].text, strlen(cases[i].text), &arena, &detached, &error);

        if (cases[i].told == NULL ? result != 0 : result == 0 || strstr(error.message, cases[i].told) == NULL)
            fail_msg("case %zu: %s", i, result != 0 ? error.message : "is one");
    }
}

/* Any byte changed, any end cut off: never more than a mistake (for the sanitizers). */
static void damage(void **state)
{
    char copy[sizeof(real)];

    (void)state;
    for (size_t i = 0; i < strlen(real); i++)
        for (unsigned int byte = 0; byte < 256; byte += 5) {
            cleanup_arena struct arena arena = {0};
            struct trust_detached detached;

            memcpy(copy, real, sizeof(real));
            copy[i] = (char)byte;
            (void)trust_detached_read(copy, strlen(real), &arena, &detached, &error);
            if (byte == 0)
                assert_true(trust_detached_read(real, i, &arena, &detached, &error) == -1 ||
                            i >= strlen(real) - 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_one), cmocka_unit_test(packets), cmocka_unit_test(many),
        cmocka_unit_test(armor),      cmocka_unit_test(damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
