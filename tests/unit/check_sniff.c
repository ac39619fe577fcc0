/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is by its text, and where tokens end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include "base/memory.h"
#include "check/sniff.h"
#include "container/finding_places.h"

static void says_what_a_file_is(void **state)
{
    static const struct {
        const char *text;
        enum check_content content;
    } rows[] = {
        {"", CHECK_CONTENT_OTHER},
        {"[]", CHECK_CONTENT_OTHER},
        {"{", CHECK_CONTENT_OTHER},
        {"{\"ociVersion\"", CHECK_CONTENT_OTHER},
        {"{\"ociVersion\": \"1.0.2\"", CHECK_CONTENT_CONFIGURATION},
        {"{\"process\": {\"args\": [\"{\\\"\", \"}\"]}, \"ociVersion\": \"1\"}", CHECK_CONTENT_CONFIGURATION},
        {"{\"inner\": {\"ociVersion\": \"1\"}}", CHECK_CONTENT_OTHER},
        {"{\"inner\": [{\"thwart\": 1}], \"x\": -1.5e3, \"y\": true, \"ociVersion\": null}",
         CHECK_CONTENT_CONFIGURATION},
        {"{\"a\": \"\\\\\", \"ociVersion\": 1}", CHECK_CONTENT_CONFIGURATION},
        {"// words {\n/* \"x\": */ { \"thwart\" /* here */ : 1, \"name\": \"x\"}", CHECK_CONTENT_POLICY},
        {"{\"name\": \"x\", \"thwart\": 1}", CHECK_CONTENT_POLICY},
        {"{\"thwart\": 12}", CHECK_CONTENT_OTHER},
        {"{\"thwart\": \"1\"}", CHECK_CONTENT_OTHER},
        /* Ours, and no policy. */
        {"{\"thwart\": 1, \"group\": \"x\"}", CHECK_CONTENT_OTHER},
        {"{\"thwart\": 1, \"version\": \"0\", \"results\": []}", CHECK_CONTENT_OTHER},
        {"{\"thwart\": 1, \"cases\": []}", CHECK_CONTENT_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (check_sniff(rows[i].text, strlen(rows[i].text)) != rows[i].content)
            fail_msg("%s", rows[i].text);
        /* However short it is cut, nothing beyond it is looked at: sanitizers tell. */
        for (size_t length = 0; length < strlen(rows[i].text); length++) {
            cleanup_free char *cut = malloc(length > 0 ? length : 1);

            assert_non_null(cut);
            memcpy(cut, rows[i].text, length);
            (void)check_sniff(cut, length);
        }
    }
}

static void knows_where_tokens_end(void **state)
{
    static const char text[] = "{\r\n  \"a\\\"b\": [true, -12],\n\"open";
    static const struct {
        uint32_t line, column, end;
    } rows[] = {
        {1, 1, 2}, {2, 3, 9}, {2, 11, 12}, {2, 12, 16}, {2, 18, 21}, {3, 1, 6},
    };
    cleanup_arena struct arena arena = {0};
    const struct finding_lines lines = finding_lines_of(text, sizeof(text) - 1, &arena);

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(finding_span(&lines, rows[i].line, rows[i].column).end_column, rows[i].end);
    assert_int_equal(finding_span(&lines, 1, 1).line_length, 1);
    assert_null(finding_span(&lines, 0, 1).line);
    assert_null(finding_span(&lines, 4, 1).line);
    assert_int_equal(finding_span(&lines, 3, 99).end_column, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_file_is),
        cmocka_unit_test(knows_where_tokens_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
