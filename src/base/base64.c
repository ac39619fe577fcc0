/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See base64.h. */
#include "base/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include "base/memory.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t length, struct arena *arena)
{
    const unsigned char *from = bytes;
    char *text = arena_array(arena, length / 3 + 2, 4), *to = text;

    for (; length >= 3; length -= 3, from += 3) {
        *to++ = alphabet[from[0] >> 2];
        *to++ = alphabet[(from[0] & 3) << 4 | from[1] >> 4];
        *to++ = alphabet[(from[1] & 15) << 2 | from[2] >> 6];
        *to++ = alphabet[from[2] & 63];
    }
    if (length > 0) {
        unsigned int second = length == 2 ? from[1] : 0U;

        *to++ = alphabet[from[0] >> 2];
        *to++ = alphabet[(from[0] & 3U) << 4 | second >> 4];
        *to++ = length == 2 ? alphabet[(second & 15) << 2] : '=';
        *to++ = '=';
    }
    *to = '\0';
    return text;
}

static int digit_of(char character)
{
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);

    return found == NULL ? -1 : (int)(found - alphabet);
}

/* Four digits to three bytes, or fewer with padding. The number of bytes, 0: no group. */
static size_t decode_group(const char *digits, unsigned char *to)
{
    size_t padding = digits[3] != '=' ? 0 : digits[2] != '=' ? 1 : 2;
    uint32_t value = 0;

    for (size_t i = 0; i < 4 - padding; i++) {
        int digit = digit_of(digits[i]);

        if (digit < 0)
            return 0;
        value |= (uint32_t)digit << (18 - 6 * i);
    }
    /* The bits that stand for no byte. */
    if ((padding == 1 && (value & 0xff) != 0) || (padding == 2 && (value & 0xffff) != 0))
        return 0;
    for (size_t i = 0; i < 3 - padding; i++)
        to[i] = (unsigned char)(value >> (16 - 8 * i));
    return 3 - padding;
}

void *base64_decode(const char *text, size_t text_length, struct arena *arena, size_t *length)
{
    unsigned char *bytes = arena_allocate(arena, text_length / 4 * 3 + 4);
    size_t used = 0, held = 0;
    char group[4];
    bool ended = false;

    for (size_t i = 0; i < text_length; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            continue;
        if (ended)
            return NULL;
        group[held++] = text[i];
        if (held < sizeof(group))
            continue;
        size_t count = decode_group(group, bytes + used);
        if (count == 0)
            return NULL;
        ended = count < 3;
        used += count;
        held = 0;
    }
    *length = used;
    return held == 0 ? bytes : NULL;
}
