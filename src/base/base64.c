/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See base64.h. */
#include "base/base64.h"

#include <stdint.h>
#include "base/memory.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes to four digits. */
static void encode_group(const unsigned char *from, size_t length, char to[4])
{
    uint32_t group =
        (uint32_t)from[0] << 16 | (length > 1 ? (uint32_t)from[1] << 8 : 0) | (length > 2 ? from[2] : 0);

    to[0] = alphabet[group >> 18];
    to[1] = alphabet[group >> 12 & 63];
    to[2] = length > 1 ? alphabet[group >> 6 & 63] : '=';
    to[3] = length > 2 ? alphabet[group & 63] : '=';
}

char *base64_encode(const void *bytes, size_t length, struct arena *arena)
{
    const unsigned char *from = bytes;
    char *text = arena_array(arena, length / 3 + 2, 4), *to = text;

    for (size_t i = 0; i < length; i += 3, to += 4)
        encode_group(from + i, length - i, to);
    *to = '\0';
    return text;
}

void base64_append(struct text *text, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    char group[4];

    for (size_t i = 0; i < length; i += 3) {
        encode_group(from + i, length - i, group);
        text_append_bytes(text, group, sizeof(group));
    }
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

bool base64_decode_into(const char *text, size_t text_length, void *bytes, size_t *length)
{
    size_t used = 0, held = 0;
    char group[4];
    bool ended = false;

    for (size_t i = 0; i < text_length; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            continue;
        if (ended)
            return false;
        group[held++] = text[i];
        if (held < sizeof(group))
            continue;
        size_t count = decode_group(group, (unsigned char *)bytes + used);
        if (count == 0)
            return false;
        ended = count < 3;
        used += count;
        held = 0;
    }
    *length = used;
    return held == 0;
}

void *base64_decode(const char *text, size_t text_length, struct arena *arena, size_t *length)
{
    void *bytes = arena_allocate(arena, text_length / 4 * 3 + 4);

    return base64_decode_into(text, text_length, bytes, length) ? bytes : NULL;
}
