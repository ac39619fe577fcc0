/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days and times from text, strictly, in UTC. Reckoned here: the C library's functions bring the whole of its
 * time zones, which every start would pay for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { DATE_DAY_S = 86400 };

/* "2027-03-31", from the year 2000 on: the day's first second since the epoch. */
bool date_parse_day(const char *text, int64_t *begin_s);

/* The same, or a time of RFC 3339: "2027-03-31T12:00:00Z", "2027-03-31T12:00:00.5+02:00" (a part of a second
 * is dropped). */
bool date_parse_time(const char *text, int64_t *second);

/* What a clock and a calendar show at a second since the epoch, before and after it; from 1. */
struct date_parts {
    int64_t year;
    int month, day, hour, minute, second;
};
struct date_parts date_parts_of(int64_t second);
