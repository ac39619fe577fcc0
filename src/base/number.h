/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from text, strictly: the whole string, decimal digits only, no sign but a leading '-' where signed,
 * no spaces, no leading zeros but "0" itself, in range. CVE-2026-30892 and its kin came from lenient ones.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool number_unsigned(const char *string, uint64_t maximum, uint64_t *value);
bool number_signed(const char *string, int64_t minimum, int64_t maximum, int64_t *value);
/* The digits at the start of *cursor; advances it. For kernel files such as /proc/PID/stat. */
bool number_scan_unsigned(const char **cursor, uint64_t *value);
/* The value of a hexadecimal digit of either case; -1: it is none. */
int number_hex_digit(char character);
