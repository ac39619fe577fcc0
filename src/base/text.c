/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that is built piece by piece, with a maximum from birth. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"

struct text text_over(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct text){.bytes = buffer, .capacity = size, .maximum = size};
}

struct text text_growing(size_t maximum)
{
    return (struct text){.maximum = maximum, .growing = true};
}

void text_free(struct text *text)
{
    if (text->growing)
        free(text->bytes);
    *text = (struct text){0};
}

/* Make room for extra bytes and the NUL, as far as the maximum allows; returns the room for bytes there is.
 */
static size_t text_room(struct text *text, size_t extra)
{
    size_t wanted, capacity;
    char *bytes;

    if (text->capacity > text->length && extra < text->capacity - text->length)
        return extra;
    if (!text->growing || text->capacity == text->maximum)
        return text->capacity > text->length ? text->capacity - text->length - 1 : 0;
    if (__builtin_add_overflow(text->length, extra, &wanted) || wanted >= text->maximum)
        wanted = text->maximum - 1;
    capacity = text->capacity < 256 ? 256 : text->capacity;
    while (capacity <= wanted && capacity <= text->maximum / 2)
        capacity *= 2;
    if (capacity <= wanted || capacity > text->maximum)
        capacity = text->maximum;
    bytes = realloc(text->bytes, capacity);
    if (bytes != NULL) {
        text->bytes = bytes;
        text->capacity = capacity;
    }
    if (text->capacity <= text->length)
        return 0;
    return extra < text->capacity - text->length ? extra : text->capacity - text->length - 1;
}

void text_append_bytes(struct text *text, const char *bytes, size_t length)
{
    size_t room = text_room(text, length);

    if (room < length)
        text->overflow = true;
    if (text->capacity == 0)
        return;
    if (room > 0)
        memcpy(text->bytes + text->length, bytes, room);
    text->length += room;
    text->bytes[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
    text_append_bytes(text, string, strlen(string));
}

void text_append_character(struct text *text, char character)
{
    if (text->length + 1 < text->capacity) {
        text->bytes[text->length++] = character;
        text->bytes[text->length] = '\0';
        return;
    }
    text_append_bytes(text, &character, 1);
}

void text_append_format_list(struct text *text, const char *format, va_list arguments)
{
    char small[256];
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(small, sizeof(small), format, arguments);
    if (length < 0) {
        text->overflow = true;
    } else if ((size_t)length < sizeof(small)) {
        text_append_bytes(text, small, (size_t)length);
    } else {
        size_t room = text_room(text, (size_t)length);

        if (room < (size_t)length)
            text->overflow = true;
        if (text->capacity > 0) {
            (void)vsnprintf(text->bytes + text->length, room + 1, format, again);
            text->length += room;
        }
    }
    va_end(again);
}

void text_append_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_append_format_list(text, format, arguments);
    va_end(arguments);
}

void text_append_unsigned(struct text *text, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    text_append_bytes(text, digits + at, sizeof(digits) - at);
}

void text_append_signed(struct text *text, int64_t value)
{
    if (value < 0) {
        text_append_character(text, '-');
        text_append_unsigned(text, (uint64_t)0 - (uint64_t)value);
    } else {
        text_append_unsigned(text, (uint64_t)value);
    }
}

size_t text_character_length(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t size;
    unsigned char
        low = 0x80,
        high = 0xbf; /* bounds of the second byte: no overlong form, no surrogate, no more than U+10FFFF */

    if (length == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        size = 2;
    } else if (at[0] >= 0xe0 && at[0] <= 0xef) {
        size = 3;
        low = at[0] == 0xe0 ? 0xa0 : low;
        high = at[0] == 0xed ? 0x9f : high;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        size = 4;
        low = at[0] == 0xf0 ? 0x90 : low;
        high = at[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (length < size || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return size;
}

void text_append_escaped(struct text *text, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    while (at < length) {
        const unsigned char first = (unsigned char)bytes[at];
        size_t size = text_character_length(bytes + at, length - at);
        /* C1 controls too: terminals obey them. */
        bool control = first < 0x20 || first == 0x7f ||
                       (first == 0xc2 && size == 2 && (unsigned char)bytes[at + 1] < 0xa0);

        if (size > 0 && !control && first != '\\') {
            text_append_bytes(text, bytes + at, size);
            at += size;
            continue;
        }
        for (size_t end = at + (size == 0 ? 1 : size); at < end; at++) {
            const unsigned char byte = (unsigned char)bytes[at];
            const char escaped[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

            text_append_bytes(text, escaped, sizeof(escaped));
        }
    }
}

void text_reset(struct text *text)
{
    text->length = 0;
    text->overflow = false;
    if (text->capacity > 0)
        text->bytes[0] = '\0';
}

int text_complete(const struct text *text, const char *what, struct error *error)
{
    if (!text->overflow)
        return 0;
    return error_set(error, ERROR_LIMIT, "%s is longer than the limit of %zu bytes", what,
                     text->maximum > 0 ? text->maximum - 1 : 0);
}

int text_print(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < size)
        return 0;
    if (size > 0)
        buffer[0] = '\0';
    return -1;
}

bool text_starts_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
    size_t length = strlen(string), suffix_length = strlen(suffix);

    return length >= suffix_length && memcmp(string + length - suffix_length, suffix, suffix_length) == 0;
}

bool text_has_control(const char *string)
{
    for (; *string != '\0'; string++)
        if ((unsigned char)*string < 0x20 || *string == 0x7f)
            return true;
    return false;
}
