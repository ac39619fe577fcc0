/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paragraphs that no terminal has to wrap. */
#include "unit.h"

#include "base/memory.h"
#include "cli/wrap.h"

static void lines(void **state)
{
    static const struct {
        const char *label, *value;
        size_t width;
        const char *expected;
    } cases[] = {
        {"a: ", "", 20, "a: \n"},
        {"a: ", "one two", 20, "a: one two\n"},
        {"a: ", "one two three four five", 20, "a: one two three\n   four five\n"},
        /* Exactly as wide as the line. */
        {"a: ", "12345678901234567", 20, "a: 12345678901234567\n"},
        {"a: ", "x 1234567890123456789", 20, "a: x\n   12345678901234567\n   89\n"},
        /* Behind a separator, unless that would leave most of the line empty. */
        {"a: ", "/usr/local/lib/something", 20, "a: /usr/local/lib/\n   something\n"},
        {"a: ", "/a23456789012345678901", 20, "a: /a234567890123456\n   78901\n"},
        {"a: ", "one\ntwo", 20, "a: one\n   two\n"},
        {"a: ", "  many   blanks ", 20, "a: many blanks\n"},
        /* Characters, not bytes. */
        {"a: ",
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 "
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
         20,
         "a: \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 "
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\n"},
        /* What a configuration says does not move the cursor. */
        {"a: ", "x\x1b[31m", 20, "a: x\\x1b[31m\n"},
        {"a: ", "\xff", 20, "a: \\xff\n"},
        /* No room at all: eight characters all the same. */
        {"label that is long: ", "123456789", 10, "label that is long: 12345678\n                    9\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        cleanup_text struct text text = text_growing(4096);

        wrap_append(&text, cases[i].label, cases[i].value, cases[i].width);
        assert_string_equal(text.bytes, cases[i].expected);
    }
}

static void never_wider(void **state)
{
    (void)state;
    for (size_t length = 0; length < 300; length++) {
        cleanup_text struct text value = text_growing(4096), text = text_growing(16384);
        size_t column = 0, letters = 0;

        for (size_t i = 0; i < length; i++)
            text_append(&value, i % 7 == 3 ? "/" : i % 11 == 5 ? " " : "\xc3\xb6");
        wrap_append(&text, "  reason   ", value.bytes != NULL ? value.bytes : "", 80);
        for (const char *at = text.bytes; *at != '\0'; at++) {
            column = *at == '\n' ? 0 : column + (((unsigned char)*at & 0xc0) != 0x80);
            letters += (unsigned char)*at == 0xc3;
            assert_true(column <= 80);
        }
        /* Nothing is lost. */
        for (const char *at = value.bytes; at != NULL && *at != '\0'; at++)
            letters -= (unsigned char)*at == 0xc3;
        assert_int_equal(letters, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(never_wider)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
