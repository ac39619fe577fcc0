/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as text, RFC 3339 in UTC. The C library's own conversion would read a time zone file of the
 * host. */
#pragma once

#include <time.h>

enum { TIMESTAMP_SIZE = 32 };

/* "2026-01-31T23:59:59.123456789Z" */
void timestamp_format(const struct timespec *time, char text[TIMESTAMP_SIZE]);
void timestamp_now(char text[TIMESTAMP_SIZE]);
