/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that is built piece by piece, with a maximum from birth.
 *
 * A struct text over a caller's buffer never allocates. Once something did not fit, `overflow` stays set and
 * the text is cut but NUL-terminated: check it once, at the end, with text_complete().
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

struct text {
    char *bytes; /* NUL-terminated at `length` */
    size_t length;
    size_t capacity; /* bytes available, the NUL included */
    size_t maximum;  /* of capacity; > capacity only for growing texts */
    bool overflow;
    bool growing; /* bytes are malloc'ed */
};

/* A text over the caller's buffer of size bytes (size >= 1). */
struct text text_over(char *buffer, size_t size);

/* A text on the heap that grows up to maximum bytes; free with text_free / cleanup_text. */
struct text text_growing(size_t maximum);

void text_free(struct text *text);
#define cleanup_text __attribute__((cleanup(text_free)))

void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const char *bytes, size_t length);
void text_append_character(struct text *text, char character);
void text_append_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append_format_list(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* Decimal digits, much faster than printf: used on the hot path. */
void text_append_unsigned(struct text *text, uint64_t value);
void text_append_signed(struct text *text, int64_t value);
/* With control characters, backslash and bytes that are no valid UTF-8 shown as \xNN, for messages. */
void text_append_escaped(struct text *text, const char *bytes, size_t length);

/* Bytes of the UTF-8 character at bytes (1..4), or 0 when there is none: cut, overlong, a surrogate, above
 * U+10FFFF. */
size_t text_character_length(const char *bytes, size_t length);

/* Empty it; keeps the memory. */
void text_reset(struct text *text);

/* 0, or -1 with ERROR_LIMIT naming `what` when something did not fit. */
int text_complete(const struct text *text, const char *what, struct error *error);

/* Format into a fixed buffer. 0, or -1 when it did not fit (buffer then holds an empty string). */
int text_print(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Small tests on strings that several floors need. */
bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);
bool text_has_control(const char *string); /* any byte < 0x20 or 0x7f */
