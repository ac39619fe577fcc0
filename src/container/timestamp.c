/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as RFC 3339 text: the Gregorian calendar in integer arithmetic. */
#include "container/timestamp.h"

#include <stdint.h>
#include "base/text.h"

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, DAYS_BEFORE_1970 = 719468 };

struct date {
    int64_t year;
    int64_t month, day; /* from 1 */
};

/* Years begin in March here, so that the leap day is the last of its year; an era is the calendar's period of
 * 400 years. */
static struct date date_of_day(int64_t days_since_1970)
{
    int64_t days = days_since_1970 + DAYS_BEFORE_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    struct date date = {
        .year = year_of_era + era * YEARS_PER_ERA + (month_from_march >= 10 ? 1 : 0),
        .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };

    return date;
}

void timestamp_format(const struct timespec *time, char text[TIMESTAMP_SIZE])
{
    int64_t seconds = (int64_t)time->tv_sec;
    int64_t day = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
    int64_t second_of_day = seconds - day * SECONDS_PER_DAY;
    struct date date = date_of_day(day);

    text_print(text, TIMESTAMP_SIZE, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld.%09ldZ", (long long)date.year,
               (long long)date.month, (long long)date.day, (long long)(second_of_day / 3600),
               (long long)(second_of_day / 60 % 60), (long long)(second_of_day % 60), time->tv_nsec);
}

void timestamp_now(char text[TIMESTAMP_SIZE])
{
    struct timespec now = {0};

    /* CLOCK_REALTIME is always there. */
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_format(&now, text);
}
