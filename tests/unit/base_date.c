/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days and times, against the C library's reckoning. */
#include "unit.h"

#include <stdio.h>
#include <time.h>
#include "base/date.h"
#include "base/memory.h"

static void every_day_is_reckoned(void **state)
{
    int64_t expected = 946684800; /* 2000-01-01 */

    (void)state;
    for (; expected < 4133980800; expected += DATE_DAY_S) { /* 2101-01-01 */
        time_t second = (time_t)expected;
        struct tm parts;
        char text[16];
        int64_t begin_s;

        assert_non_null(gmtime_r(&second, &parts));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%d", &parts) > 0);
        assert_true(date_parse_day(text, &begin_s));
        assert_int_equal(begin_s, expected);
    }
}

static void times_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t second;
    } cases[] = {
        {"2026-01-01", 1767225600},
        {"2026-01-01T00:00:00Z", 1767225600},
        {"2026-01-01T23:59:59Z", 1767311999},
        {"2026-01-01T00:00:00.999Z", 1767225600},
        {"2026-01-01T02:00:00+02:00", 1767225600},
        {"2025-12-31T18:30:00-05:30", 1767225600},
        {"2026-01-01T00:00:00-00:00", 1767225600},
        {"2024-02-29T00:00:00Z", 1709164800},
    };
    int64_t second;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (!date_parse_time(cases[i].text, &second))
            fail_msg("%s", cases[i].text);
        assert_int_equal(second, cases[i].second);
    }
}

static void anything_else_is_none(void **state)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-1-1",
        "2026-01-32",
        "2026-00-01",
        "2026-13-01",
        "2026-02-29",
        "2100-02-29",
        "1999-12-31",
        "20260101",
        " 2026-01-01",
        "2026-01-01 ",
        "2026-01-01T",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+2:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+02:00Z",
        "2026-01-01T00:00:00Zx",
        "2026-01-01T00:00Z",
        "-026-01-01",
    };
    int64_t second = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (date_parse_time(cases[i], &second))
            fail_msg("%s is %lld", cases[i], (long long)second);
    assert_false(date_parse_day("2026-01-01T00:00:00Z", &second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_is_reckoned),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(anything_else_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
