/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POSIX extended regular expressions over short names: kill --regex and delete --regex take them as crun
 * does. The C library's would be a twentieth of the program, copied at each start, for a question that is
 * asked of words of a few dozen bytes.
 *
 * Everything of ERE but collating elements and equivalence classes ([.x.], [=x=]): . [...] with ranges, ^ and
 * classes, * + ? {m} {m,} {m,n}, groups, |, anchors, \ before a character that is neither letter nor digit.
 * Bytes, no locale. Time grows with the pattern and the name, never exponentially.
 */
#pragma once

#include <stdbool.h>
#include "base/error.h"

enum { PATTERN_LENGTH_MAX = 1000, PATTERN_NAME_MAX = 255 };

/* 0 when pattern is one; else ERROR_USAGE (ERROR_LIMIT: too long, too deep) that says what is wrong where. */
int pattern_check(const char *pattern, struct error *error);

/* Is pattern, which was checked, found anywhere in name? A longer name than PATTERN_NAME_MAX is never. */
bool pattern_found(const char *pattern, const char *name);
