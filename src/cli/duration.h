/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as Go's programs write them, which scripts give to runc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "5s", "1m30s", "1.5h", "500ms", "100us", "5ns"; milliseconds, rounded up. False for anything else, a
 * negative or an overlong one (a year). */
bool duration_parse(const char *text, int64_t *milliseconds);
