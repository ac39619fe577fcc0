/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days and times: from text, and the Gregorian calendar in integer arithmetic. */
#include "base/date.h"

#include <stddef.h>
#include <string.h>

enum { YEAR_MIN = 2000, DAY_LENGTH = 10, TIME_LENGTH = 19, OFFSET_LENGTH = 6, DAYS_BEFORE_1970 = 719162 };

enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, DAYS_TO_ERA = 719468 };

/* Does text begin with that form, in which '0' stands for any digit? */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return true;
}

static int digits_at(const char *text, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the year's first. */
static int64_t days_to_year(int year)
{
    const int64_t before = year - 1; /* whole years since the year 0 */

    return before * 365 + before / 4 - before / 100 + before / 400 - DAYS_BEFORE_1970;
}

static bool scan_day(const char *text, int64_t *begin_s)
{
    int year, month, day;
    int64_t days;

    if (!has_form(text, "0000-00-00"))
        return false;
    year = digits_at(text, 4);
    month = digits_at(text + 5, 2);
    day = digits_at(text + 8, 2);
    if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    days = days_to_year(year) + day - 1;
    for (int before = 1; before < month; before++)
        days += days_of_month(year, before);
    *begin_s = days * DATE_DAY_S;
    return true;
}

bool date_parse_day(const char *text, int64_t *begin_s)
{
    return strlen(text) == DAY_LENGTH && scan_day(text, begin_s);
}

static bool scan_clock(const char *text, int64_t *seconds)
{
    int hours = digits_at(text, 2), minutes = digits_at(text + 3, 2);

    *seconds = hours * 3600 + minutes * 60;
    return hours <= 23 && minutes <= 59;
}

/* "Z", "+02:00": to be taken away from the time. */
static bool scan_offset(const char *text, int64_t *offset_s)
{
    *offset_s = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if ((!has_form(text, "+00:00") && !has_form(text, "-00:00")) || text[OFFSET_LENGTH] != '\0' ||
        !scan_clock(text + 1, offset_s))
        return false;
    if (*text == '-')
        *offset_s = -*offset_s;
    return true;
}

bool date_parse_time(const char *text, int64_t *second)
{
    int64_t day_s, clock_s, offset_s;
    int seconds;

    if (date_parse_day(text, second))
        return true;
    if (!has_form(text, "0000-00-00T00:00:00") || !scan_day(text, &day_s) ||
        !scan_clock(text + DAY_LENGTH + 1, &clock_s))
        return false;
    seconds = digits_at(text + TIME_LENGTH - 2, 2);
    text += TIME_LENGTH;
    if (*text == '.') {
        size_t length = strspn(++text, "0123456789");

        if (length == 0)
            return false;
        text += length;
    }
    if (seconds > 59 || !scan_offset(text, &offset_s))
        return false;
    *second = day_s + clock_s + seconds - offset_s;
    return true;
}

/* Years begin in March here, so that the leap day is the last of its year; an era is the calendar's period of
 * 400 years. */
struct date_parts date_parts_of(int64_t second)
{
    int64_t day = second / DATE_DAY_S - (second % DATE_DAY_S < 0 ? 1 : 0);
    int64_t second_of_day = second % DATE_DAY_S + (second % DATE_DAY_S < 0 ? DATE_DAY_S : 0);
    int64_t days = day + DAYS_TO_ERA;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    return (struct date_parts){
        .year = year_of_era + era * YEARS_PER_ERA + (month_from_march >= 10 ? 1 : 0),
        .month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9),
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(second_of_day / 3600),
        .minute = (int)(second_of_day / 60 % 60),
        .second = (int)(second_of_day % 60),
    };
}
