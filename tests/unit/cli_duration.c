/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as Go's programs write them. */
#include "unit.h"

#include "base/memory.h"
#include "cli/duration.h"

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t milliseconds; /* -1: refused */
    } cases[] = {
        {"5s", 5000},
        {"500ms", 500},
        {"1m", 60000},
        {"1m30s", 90000},
        {"1.5h", 5400000},
        {"0.1s", 100},
        {".5s", 500},
        {"1.s", 1000},
        {"0", 0},
        {"0s", 0},
        {"1us", 1},
        {"1500us", 2},
        {"\xc2\xb5s", -1},
        {"1ns", 1},
        {"8760h", 31536000000},
        {"8761h", -1},
        {"1h1h", 7200000},
        {"1\xc2\xb5s", 1},
        {"", -1},
        {"5", -1},
        {"s", -1},
        {"-5s", -1},
        {"+5s", -1},
        {"5 s", -1},
        {"5x", -1},
        {"1.2.3s", -1},
        {".s", -1},
        {"99999999999999999999s", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        int64_t found = -1;
        bool good = duration_parse(cases[i].text, &found);

        if (good != (cases[i].milliseconds >= 0) || (good && found != cases[i].milliseconds))
            fail_msg("\"%s\": %s, %lld", cases[i].text, good ? "taken" : "refused", (long long)found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(durations)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
