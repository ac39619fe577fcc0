/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from text: every lenience that a library has is a hole that some runtime had. */
#include "unit.h"

#include "base/memory.h"
#include "base/number.h"

static void unsigned_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t maximum;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"4294967294", UINT32_MAX - 1, true, UINT32_MAX - 1},
        {"4294967295", UINT32_MAX - 1, false, 0},
        {"", 10, false, 0},
        {"-1", 10, false, 0},
        {"-0", 10, false, 0},
        {"+1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"1\n", 10, false, 0},
        {"01", 10, false, 0},
        {"0001", 10, false, 0},
        {"0x1", 10, false, 0},
        {"1e3", UINT64_MAX, false, 0},
        {"1.0", 10, false, 0},
        {"1:2", 10, false, 0},
        {"root", 10, false, 0},
        {"\xd9\xa1", 10, false, 0}, /* ARABIC-INDIC DIGIT ONE */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        uint64_t value = 777;
        bool good = number_unsigned(cases[i].text, cases[i].maximum, &value);

        if (good != cases[i].good)
            fail_msg("\"%s\" was %s", cases[i].text, good ? "taken" : "refused");
        /* CVE-2026-30892: a refused number must not leave a plausible 0 behind. */
        assert_int_equal(value, good ? cases[i].value : 777);
    }
}

static void signed_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t minimum, maximum;
        bool good;
        int64_t value;
    } cases[] = {
        {"-1000", -1000, 1000, true, -1000},
        {"-1001", -1000, 1000, false, 0},
        {"1001", -1000, 1000, false, 0},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
        {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
        {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
        {"-0", -1, 1, false, 0},
        {"-", -1, 1, false, 0},
        {"--1", -1, 1, false, 0},
        {"-01", -1, 1, false, 0},
        {"- 1", -1, 1, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t value = 777;
        bool good = number_signed(cases[i].text, cases[i].minimum, cases[i].maximum, &value);

        if (good != cases[i].good)
            fail_msg("\"%s\" was %s", cases[i].text, good ? "taken" : "refused");
        assert_true(value == (good ? cases[i].value : 777));
    }
}

static void octal_numbers(void **state)
{
    uint64_t value = 777;

    (void)state;
    assert_true(number_octal("0755", 07777, &value));
    assert_int_equal(value, 0755);
    assert_true(number_octal("1777", 07777, &value));
    assert_int_equal(value, 01777);
    assert_false(number_octal("8", 07777, &value));
    assert_false(number_octal("10000", 07777, &value));
    assert_false(number_octal("", 07777, &value));
    assert_false(number_octal("0o7", 07777, &value));
    assert_int_equal(value, 01777);
}

static void scanning_stops_behind_the_digits(void **state)
{
    const char *text = "12 (name) 34";
    const char *cursor = text;
    uint64_t value = 0;

    (void)state;
    assert_true(number_scan_unsigned(&cursor, &value));
    assert_int_equal(value, 12);
    assert_string_equal(cursor, " (name) 34");
    assert_false(number_scan_unsigned(&cursor, &value));
    assert_string_equal(cursor, " (name) 34");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(octal_numbers),
        cmocka_unit_test(scanning_stops_behind_the_digits),
    };

    return cmocka_run_group_tests_name("base_number", tests, NULL, NULL);
}
