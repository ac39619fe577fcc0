/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations. */
#include "cli/duration.h"

#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#define NANOSECONDS_IN_YEAR (365ULL * 24 * 3600 * 1000000000)

/* The longer one first where one begins like another. */
static const struct {
    const char *name;
    uint64_t nanoseconds;
} units[] = {
    {"ns", 1},         {"us", 1000},       {"\xc2\xb5s", 1000},  {"ms", 1000000},
    {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
};

/* The fraction behind a point, as a part of unit. */
static uint64_t read_fraction(const char **cursor, uint64_t unit)
{
    uint64_t sum = 0;

    for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++) {
        unit /= 10;
        sum += unit * (uint64_t)(**cursor - '0');
    }
    return sum;
}

static bool read_part(const char **cursor, uint64_t *nanoseconds)
{
    const char *fraction = NULL;
    uint64_t whole = 0;
    bool digits = number_scan_unsigned(cursor, &whole);

    if (**cursor == '.') {
        fraction = ++*cursor;
        *cursor += strspn(*cursor, "0123456789");
        digits = digits || *cursor > fraction;
    }
    for (size_t i = 0; digits && i < ARRAY_LENGTH(units); i++) {
        if (!text_starts_with(*cursor, units[i].name))
            continue;
        *cursor += strlen(units[i].name);
        if (whole > NANOSECONDS_IN_YEAR / units[i].nanoseconds)
            return false;
        *nanoseconds += whole * units[i].nanoseconds;
        if (fraction != NULL)
            *nanoseconds += read_fraction(&fraction, units[i].nanoseconds);
        return *nanoseconds <= NANOSECONDS_IN_YEAR;
    }
    return false;
}

bool duration_parse(const char *text, int64_t *milliseconds)
{
    uint64_t nanoseconds = 0;

    *milliseconds = 0;
    if (strcmp(text, "0") == 0)
        return true;
    if (text[0] == '\0')
        return false;
    while (*text != '\0')
        if (!read_part(&text, &nanoseconds))
            return false;
    *milliseconds = (int64_t)((nanoseconds + 999999) / 1000000);
    return true;
}
