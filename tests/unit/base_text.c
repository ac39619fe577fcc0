/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded text: growth, cutting, escaping, UTF-8. */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"

static void fixed_text_is_cut_and_says_so(void **state)
{
    char buffer[8];
    struct text text = text_over(buffer, sizeof(buffer));
    struct error error;

    (void)state;
    text_append(&text, "1234");
    assert_int_equal(text_complete(&text, "the name", &error), 0);
    text_append(&text, "5678");
    assert_string_equal(text.bytes, "1234567");
    assert_true(text.overflow);
    assert_int_equal(text_complete(&text, "the name", &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
    assert_string_equal(error.message, "the name is longer than the limit of 7 bytes");
    text_append_character(&text, 'x');
    assert_string_equal(text.bytes, "1234567");
    text_reset(&text);
    assert_false(text.overflow);
    assert_string_equal(text.bytes, "");
}

static void growing_text_stops_at_its_maximum(void **state)
{
    cleanup_text struct text text = text_growing(1000);

    (void)state;
    for (int i = 0; i < 999; i++)
        text_append_character(&text, 'a');
    assert_false(text.overflow);
    assert_int_equal(text.length, 999);
    text_append(&text, "bc");
    assert_true(text.overflow);
    assert_int_equal(text.length, 999);
    assert_int_equal(strlen(text.bytes), 999);
}

static void formats_longer_than_any_small_buffer(void **state)
{
    cleanup_text struct text text = text_growing(1 << 20);
    char fixed_buffer[16];
    struct text fixed = text_over(fixed_buffer, sizeof(fixed_buffer));

    (void)state;
    text_append_format(&text, "%0*d!", 5000, 7);
    assert_int_equal(text.length, 5001);
    assert_string_equal(text.bytes + 4998, "07!");
    text_append_format(&fixed, "%0300d", 1);
    assert_true(fixed.overflow);
    assert_int_equal(fixed.length, 15);
    assert_int_equal(strlen(fixed.bytes), 15);
}

static void numbers(void **state)
{
    char buffer[128];
    struct text text = text_over(buffer, sizeof(buffer));

    (void)state;
    text_append_unsigned(&text, 0);
    text_append_character(&text, ' ');
    text_append_unsigned(&text, UINT64_MAX);
    text_append_character(&text, ' ');
    text_append_signed(&text, INT64_MIN);
    text_append_character(&text, ' ');
    text_append_signed(&text, INT64_MAX);
    assert_string_equal(text.bytes, "0 18446744073709551615 -9223372036854775808 9223372036854775807");
}

static void escapes_what_a_terminal_would_obey(void **state)
{
    static const struct {
        const char *input, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"a\nb", "a\\x0ab"},
        {"\x1b[31m", "\\x1b[31m"},
        {"\x7f", "\\x7f"},
        {"back\\slash", "back\\x5cslash"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xc2\x9b", "\\xc2\\x9b"}, /* C1: CSI in one character */
        {"\xff", "\\xff"},
        {"\xc0\x80", "\\xc0\\x80"},
        {"cut\xe2\x82", "cut\\xe2\\x82"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char buffer[64];
        struct text text = text_over(buffer, sizeof(buffer));

        text_append_escaped(&text, cases[i].input, strlen(cases[i].input));
        assert_string_equal(text.bytes, cases[i].shown);
    }
}

static void utf8_by_the_book(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"a", 1},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xe0\xa0\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\x80", 0},             /* continuation alone */
        {"\xc1\xbf", 0},         /* overlong */
        {"\xe0\x9f\xbf", 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 0}, /* overlong */
        {"\xed\xa0\x80", 0},     /* surrogate */
        {"\xf4\x90\x80\x80", 0}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", 0},
        {"\xe2\x82", 0}, /* cut */
        {"\xc3(", 0},
    };

    (void)state;
    assert_int_equal(text_character_length("", 0), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        assert_int_equal(text_character_length(cases[i].bytes, strlen(cases[i].bytes)), cases[i].size);
}

static void print_is_all_or_nothing(void **state)
{
    char buffer[5];

    (void)state;
    assert_int_equal(text_print(buffer, sizeof(buffer), "%d", 1234), 0);
    assert_string_equal(buffer, "1234");
    assert_int_equal(text_print(buffer, sizeof(buffer), "%d", 12345), -1);
    assert_string_equal(buffer, "");
}

static void small_tests(void **state)
{
    (void)state;
    assert_true(text_starts_with("net/ipv4", "net/"));
    assert_false(text_starts_with("ne", "net/"));
    assert_true(text_ends_with("a.json", ".json"));
    assert_false(text_ends_with("json", ".json"));
    assert_true(text_has_control("a\rb"));
    assert_true(text_has_control("\x7f"));
    assert_false(text_has_control("a b\xc3\xbc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_text_is_cut_and_says_so),
        cmocka_unit_test(growing_text_stops_at_its_maximum),
        cmocka_unit_test(formats_longer_than_any_small_buffer),
        cmocka_unit_test(numbers),
        cmocka_unit_test(escapes_what_a_terminal_would_obey),
        cmocka_unit_test(utf8_by_the_book),
        cmocka_unit_test(print_is_all_or_nothing),
        cmocka_unit_test(small_tests),
    };

    return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
