/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended regular expressions: cases by hand, and every small pattern and name compared with the C
 * library's. */
#include "unit.h"

#include <regex.h>
#include "base/memory.h"
#include "base/pattern.h"

static void found(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool found;
    } cases[] = {
        {"", "web", true},
        {"web", "my-web-1", true},
        {"^web", "my-web-1", false},
        {"^web$", "web", true},
        {"^web-[0-9]+$", "web-12", true},
        {"^web-[0-9]+$", "web-", false},
        {"^(web|db)-.$", "db-1", true},
        {"^(web|db)-.$", "api-1", false},
        {"a{3}", "aa", false},
        {"a{3}", "baaab", true},
        {"^a{2,}$", "aaaaa", true},
        {"^a{2,3}$", "aaaa", false},
        {"^a{0}b$", "b", true},
        {"^[^a-z]+$", "A1_", true},
        {"^[^a-z]+$", "Ab", false},
        {"^[]x]$", "x", true},
        {"^[a\\.]$", "\\", true},
        {"^[-a]+$", "a-a", true},
        {"^[a-]+$", "a-a", true},
        {"^[[:upper:][:digit:]]+$", "A7", true},
        {"^[[:upper:][:digit:]]+$", "a7", false},
        {"^[[:xdigit:]]{64}$", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true},
        {"^[[:xdigit:]]{64}$", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", false},
        {"a\\.b", "a.b", true},
        {"a\\.b", "axb", false},
        {"x*", "", true},
        {"^(a|b)*c?$", "abbac", true},
        {"(^a|b$)", "xb", true},
        {"^$", "", true},
        {"^$", "x", false},
        {"a||b", "zzz", true},
        {"()", "z", true},
        {"a.c", "abc", true},
        {"a)", "a)", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct error error = {0};

        if (pattern_check(cases[i].pattern, &error) != 0)
            fail_msg("\"%s\": %s", cases[i].pattern, error.message);
        if (pattern_found(cases[i].pattern, cases[i].name) != cases[i].found)
            fail_msg("\"%s\" in \"%s\": expected %d", cases[i].pattern, cases[i].name, cases[i].found);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *pattern, *word;
    } cases[] = {
        {"(a", "( has no )"},       {"[a", "[ has no ]"},
        {"[", "[ has no ]"},        {"[]", "[ has no ]"},
        {"*a", "nothing that"},     {"a|*", "nothing that"},
        {"a**", "repeated"},        {"a{2}{3}", "repeated"},
        {"a{", "{ must"},           {"a{x}", "{ must"},
        {"a{3,2}", "{ must"},       {"a{256}", "{ must"},
        {"a{1,256}", "{ must"},     {"a\\", "last \\"},
        {"\\d", "letter or digit"}, {"\\1", "letter or digit"},
        {"[b-a]", "backwards"},     {"[[:word:]]", "class"},
        {"[[.a.]]", "collating"},   {"[[=a=]]", "collating"},
        {"[a-[:digit:]]", "range"}, {"((((((((((((a))))))))))))", "too deep"},
    };
    static char longest[PATTERN_LENGTH_MAX + 2];
    struct error error = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(pattern_check(cases[i].pattern, &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strstr(error.message, cases[i].word) == NULL)
            fail_msg("\"%s\": %s", cases[i].pattern, error.message);
        assert_false(pattern_found(cases[i].pattern, "a"));
    }
    memset(longest, 'a', PATTERN_LENGTH_MAX + 1);
    assert_int_equal(pattern_check(longest, &error), -1);
    assert_int_equal(error.kind, ERROR_LIMIT);
}

/* Every pattern of up to five of these characters that both take, in every name of up to three. */
static void as_the_c_library(void **state)
{
    static const char alphabet[] = "ab|*?()^$.";
    static const char *const names[] = {"",    "a",   "b",   "aa",  "ab",  "ba",  "bb", "aaa",
                                        "aab", "aba", "abb", "baa", "bab", "bba", "bbb"};
    size_t letters = strlen(alphabet), compared = 0, patterns = 0;

    (void)state;
    for (size_t length = 1; length <= 5; length++) {
        size_t count = 1;

        for (size_t i = 0; i < length; i++)
            count *= letters;
        for (size_t number = 0; number < count; number++) {
            char pattern[6] = {0};
            size_t rest = number;
            regex_t theirs;

            for (size_t i = 0; i < length; i++, rest /= letters)
                pattern[i] = alphabet[rest % letters];
            /* What POSIX leaves open: a repetition or ) that follows nothing, a repeated anchor. */
            if (pattern_check(pattern, NULL) != 0 || strstr(pattern, "^*") || strstr(pattern, "^?") ||
                strstr(pattern, "$*") || strstr(pattern, "$?") ||
                regcomp(&theirs, pattern, REG_EXTENDED | REG_NOSUB) != 0)
                continue;
            patterns++;
            for (size_t i = 0; i < ARRAY_LENGTH(names); i++, compared++) {
                bool expected = regexec(&theirs, names[i], 0, NULL, 0) == 0;

                if (pattern_found(pattern, names[i]) != expected)
                    fail_msg("\"%s\" in \"%s\": the C library says %d", pattern, names[i], expected);
            }
            regfree(&theirs);
        }
    }
    assert_true(patterns > 10000);
    assert_true(compared > 150000);
}

static void long_names_and_nested_repetitions_end(void **state)
{
    char name[PATTERN_NAME_MAX + 2];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[PATTERN_NAME_MAX] = '\0';
    assert_true(pattern_found("^(a|aa)+$", name));
    assert_false(pattern_found("^(a*)*b$", name));
    assert_false(pattern_found("^((((a?){99}){99}){99}){99}b", name));
    assert_true(pattern_found("^a{255}$", name));
    name[PATTERN_NAME_MAX] = 'a';
    name[PATTERN_NAME_MAX + 1] = '\0';
    assert_false(pattern_found("a", name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(refused),
        cmocka_unit_test(as_the_c_library),
        cmocka_unit_test(long_names_and_nested_repetitions_end),
    };

    return cmocka_run_group_tests_name("base_pattern", tests, NULL, NULL);
}
