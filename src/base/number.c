/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from text, strictly: the value is assigned only when the whole string was good. */
#include "base/number.h"

#include <stddef.h>
#include "base/memory.h"

bool number_scan_unsigned(const char **cursor, uint64_t *value)
{
    const char *at = *cursor;
    uint64_t sum = 0;

    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum))
            return false;
    *cursor = at;
    *value = sum;
    return true;
}

bool number_unsigned(const char *string, uint64_t maximum, uint64_t *value)
{
    const char *cursor = string;
    uint64_t sum;

    if (string[0] == '0' && string[1] != '\0')
        return false;
    if (!number_scan_unsigned(&cursor, &sum) || *cursor != '\0' || sum > maximum)
        return false;
    *value = sum;
    return true;
}

bool number_signed(const char *string, int64_t minimum, int64_t maximum, int64_t *value)
{
    const bool negative = string[0] == '-';
    uint64_t magnitude;
    int64_t result;

    if (!number_unsigned(string + negative, (uint64_t)INT64_MAX + negative, &magnitude))
        return false;
    if (negative && magnitude == 0)
        return false; /* "-0" */
    /* -(2^63) has no positive counterpart: negate what is one less. */
    result = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (result < minimum || result > maximum)
        return false;
    *value = result;
    return true;
}

int number_hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}
