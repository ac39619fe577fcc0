/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as RFC 3339 text. */
#include "container/timestamp.h"

#include <stdint.h>
#include "base/date.h"
#include "base/text.h"

void timestamp_format(const struct timespec *time, char text[TIMESTAMP_SIZE])
{
    const struct date_parts date = date_parts_of((int64_t)time->tv_sec);

    text_print(text, TIMESTAMP_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d.%09ldZ", (long long)date.year,
               date.month, date.day, date.hour, date.minute, date.second, time->tv_nsec);
}

void timestamp_now(char text[TIMESTAMP_SIZE])
{
    struct timespec now = {0};

    /* CLOCK_REALTIME is always there. */
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_format(&now, text);
}
