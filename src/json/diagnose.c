/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Syntax errors in words. yajl says that a text is wrong in sentences of several lines without a line number;
 * here the exact place is found again from the last token it told of, with what the grammar (RFC 8259) allows
 * there.
 */
#include "json/reader.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { EXCERPT_BYTES = 24 };

/* Up to EXCERPT_BYTES of the text from offset, in back quotes, one line; error_set escapes its control
 * characters. */
static struct text excerpt(const struct json_reader *reader, size_t offset, char *buffer, size_t size)
{
    struct text text = text_over(buffer, size);
    size_t rest = reader->length - offset;
    const char *newline = memchr(reader->bytes + offset, '\n', rest);
    size_t length = newline != NULL ? (size_t)(newline - reader->bytes) - offset : rest;
    bool cut = length > EXCERPT_BYTES;

    if (cut)
        length = EXCERPT_BYTES;
    /* Not in the middle of a character. */
    while (cut && length > 0 && ((unsigned char)reader->bytes[offset + length] & 0xc0) == 0x80)
        length--;
    text_append_character(&text, '`');
    text_append_bytes(&text, reader->bytes + offset, length);
    text_append(&text, cut ? "\xe2\x80\xa6`" : "`");
    return text;
}

/* "expected WHAT, found EXCERPT", or where the document ends, what is left open. */
static int fail_expected(struct json_reader *reader, size_t at, const char *what)
{
    char buffer[8 * EXCERPT_BYTES];
    struct text found;

    if (at >= reader->length) {
        const struct json_frame *open = reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;

        if (open == NULL)
            return json_fail(reader, reader->length, ERROR_INVALID, "expected %s, but the document ends",
                             what);
        return json_fail(reader, reader->length, ERROR_INVALID,
                         "expected %s, but the document ends: the %s of line %u, column %u is not closed",
                         what, open->object ? "object" : "array", open->line, open->column);
    }
    found = excerpt(reader, at, buffer, sizeof(buffer));
    if (reader->bytes[at] == '/' && at + 1 < reader->length &&
        (reader->bytes[at + 1] == '/' || reader->bytes[at + 1] == '*'))
        return json_fail(reader, at, ERROR_INVALID, "expected %s, found a comment (JSON has none): %s", what,
                         found.bytes);
    if (reader->bytes[at] == '\'')
        return json_fail(reader, at, ERROR_INVALID,
                         "expected %s, found single quotes (JSON has double ones only): %s", what,
                         found.bytes);
    return json_fail(reader, at, ERROR_INVALID, "expected %s, found %s", what, found.bytes);
}

static int diagnose_string(struct json_reader *reader, size_t start)
{
    char buffer[8 * EXCERPT_BYTES];

    for (size_t at = start + 1; at < reader->length; at++) {
        const unsigned char byte = (unsigned char)reader->bytes[at];
        size_t escape = at;

        if (byte == '"')
            break;
        if (byte < 0x20)
            return json_fail(reader, at, ERROR_INVALID,
                             "control character 0x%02x in a string: write it as an escape (in the string %s)",
                             byte, excerpt(reader, start, buffer, sizeof(buffer)).bytes);
        if (byte != '\\')
            continue;
        at++;
        if (at >= reader->length)
            break;
        if (reader->bytes[at] != 'u') {
            if (strchr("\"\\/bfnrt", reader->bytes[at]) == NULL)
                return json_fail(reader, escape, ERROR_INVALID, "unknown escape in a string: %s",
                                 excerpt(reader, escape, buffer, sizeof(buffer)).bytes);
            continue;
        }
        for (int digit = 0; digit < 4; digit++) {
            at++;
            if (at >= reader->length || strchr("0123456789abcdefABCDEF", reader->bytes[at]) == NULL)
                return json_fail(reader, escape, ERROR_INVALID, "\\u without four hexadecimal digits: %s",
                                 excerpt(reader, escape, buffer, sizeof(buffer)).bytes);
        }
    }
    return json_fail(reader, start, ERROR_INVALID, "string without an end: %s",
                     excerpt(reader, start, buffer, sizeof(buffer)).bytes);
}

/* A token that begins like a value and is none. */
static int diagnose_token(struct json_reader *reader, size_t at)
{
    char buffer[8 * EXCERPT_BYTES];
    const char first = reader->bytes[at];

    if (first == '"')
        return diagnose_string(reader, at);
    if (first == '-' || (first >= '0' && first <= '9'))
        return json_fail(reader, at, ERROR_INVALID, "malformed number: %s",
                         excerpt(reader, at, buffer, sizeof(buffer)).bytes);
    return fail_expected(reader, at, "a value");
}

/* Behind a complete value, directly: "01" and "0x1F" are a number and something that JSON does not know. */
static bool continues_number(const struct json_reader *reader, size_t at)
{
    if (at == 0 || at != reader->token_end || at >= reader->length)
        return false;
    return strchr("0123456789.", reader->bytes[at - 1]) != NULL &&
           strchr("0123456789.xXeE+-_", reader->bytes[at]) != NULL;
}

static int diagnose_after_value(struct json_reader *reader, size_t at, const char *what)
{
    char buffer[8 * EXCERPT_BYTES];
    size_t start = at;

    if (!continues_number(reader, at))
        return fail_expected(reader, at, what);
    while (start > 0 && strchr("0123456789.-+eE", reader->bytes[start - 1]) != NULL)
        start--;
    /* The pointer shall name the number, which was taken for complete. */
    if (reader->depth > 0 && reader->frames[reader->depth - 1].object)
        reader->frames[reader->depth - 1].key_pending = true;
    else if (reader->depth > 0)
        reader->child_count--;
    if (reader->bytes[start] == '0' || (reader->bytes[start] == '-' && reader->bytes[start + 1] == '0'))
        return json_fail(reader, start, ERROR_INVALID, "malformed number (leading zero, or not decimal): %s",
                         excerpt(reader, start, buffer, sizeof(buffer)).bytes);
    return json_fail(reader, start, ERROR_INVALID, "malformed number: %s",
                     excerpt(reader, start, buffer, sizeof(buffer)).bytes);
}

static int diagnose_object(struct json_reader *reader, const struct json_frame *frame, size_t at)
{
    bool empty = reader->child_count == frame->base;

    if (frame->key_pending) {
        if (at >= reader->length || reader->bytes[at] != ':')
            return fail_expected(reader, at, "':' after the key");
        at = json_skip_space(reader, at + 1);
        return at < reader->length ? diagnose_token(reader, at) : fail_expected(reader, at, "a value");
    }
    if (!empty) {
        if (at >= reader->length || reader->bytes[at] != ',')
            return diagnose_after_value(reader, at, "',' or '}'");
        at = json_skip_space(reader, at + 1);
        if (at < reader->length && reader->bytes[at] == '}')
            return json_fail(reader, at, ERROR_INVALID,
                             "expected a key, found '}': a comma follows the last member");
    }
    if (at < reader->length && reader->bytes[at] == '"')
        return diagnose_string(reader, at);
    return fail_expected(reader, at, empty ? "a key in double quotes or '}'" : "a key in double quotes");
}

static int diagnose_array(struct json_reader *reader, const struct json_frame *frame, size_t at)
{
    if (reader->child_count != frame->base) {
        if (at >= reader->length || reader->bytes[at] != ',')
            return diagnose_after_value(reader, at, "',' or ']'");
        at = json_skip_space(reader, at + 1);
        if (at < reader->length && reader->bytes[at] == ']')
            return json_fail(reader, at, ERROR_INVALID,
                             "expected a value, found ']': a comma follows the last element");
    }
    return at < reader->length ? diagnose_token(reader, at) : fail_expected(reader, at, "a value");
}

int json_diagnose(struct json_reader *reader)
{
    size_t at = json_skip_space(reader, reader->token_end);

    if (reader->depth == 0) {
        if (reader->root != NULL)
            return diagnose_after_value(reader, at, "the end of the document");
        return at < reader->length ? diagnose_token(reader, at) : fail_expected(reader, at, "a value");
    }
    if (reader->frames[reader->depth - 1].object)
        return diagnose_object(reader, &reader->frames[reader->depth - 1], at);
    return diagnose_array(reader, &reader->frames[reader->depth - 1], at);
}
