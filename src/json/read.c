/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events to tree. yajl is called once with the whole text, so that the end of each token is known inside its
 * callbacks; the start is found by skipping separators from the end of the token before.
 *
 * What yajl leaves open is closed here: it accepts duplicate keys, lone surrogates, overlong UTF-8 and any
 * depth.
 */
#include "json/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>
#include "base/memory.h"
#include "base/text.h"
#include "json/place.h"
#include "json/reader.h"

enum {
    LIMIT_BYTES = 16 * 1024 * 1024,
    LIMIT_DEPTH = 64,
    LIMIT_VALUES = 2000000,
    POINTER_SIZE = 512, /* longer pointers are cut in messages */
    CHILDREN_FIRST = 256,
    PAIRWISE_MAX = 16, /* objects with more members are sorted to find duplicates */
};

const char *json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL:
        return "null";
    case JSON_BOOLEAN:
        return "true or false";
    case JSON_NUMBER:
        return "number";
    case JSON_STRING:
        return "string";
    case JSON_ARRAY:
        return "array";
    case JSON_OBJECT:
        return "object";
    }
    return "unknown";
}

const struct json_value *json_member(const struct json_value *value, const char *key)
{
    if (value == NULL || value->type != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < value->object.count; i++)
        if (strcmp(value->object.members[i].key, key) == 0)
            return value->object.members[i].value;
    return NULL;
}

/* The pointer of the place where reading stands. */
static void append_open_place(struct text *text, const struct json_reader *reader)
{
    for (unsigned int i = 0; i < reader->depth; i++) {
        const struct json_frame *frame = &reader->frames[i];
        size_t end = i + 1 < reader->depth ? reader->frames[i + 1].base : reader->child_count;

        if (!frame->object) {
            text_append_character(text, '/');
            text_append_unsigned(text, end - frame->base);
        } else if (frame->key_pending) {
            json_place_append_key(text, frame->key);
        }
    }
}

int json_fail(struct json_reader *reader, size_t offset, enum error_kind kind, const char *format, ...)
{
    char pointer_buffer[POINTER_SIZE], reason_buffer[ERROR_MESSAGE_MAX];
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    struct text reason = text_over(reason_buffer, sizeof(reason_buffer));
    size_t line = 1, line_start = 0;
    va_list arguments;

    for (const char *end = memchr(reader->bytes, '\n', offset); end != NULL;
         end = memchr(end + 1, '\n', offset - line_start)) {
        line++;
        line_start = (size_t)(end - reader->bytes) + 1;
    }
    append_open_place(&pointer, reader);
    va_start(arguments, format);
    text_append_format_list(&reason, format, arguments);
    va_end(arguments);
    return error_set(reader->error, kind, "%s:%zu:%zu: %s%s%s%s", reader->name, line, offset - line_start + 1,
                     pointer.bytes, pointer.overflow ? "\xe2\x80\xa6" : "", pointer.length > 0 ? ": " : "",
                     reason.bytes);
}

/* Behind a comment that starts at `at`, or `at` itself when none does. An unterminated one: the end of the
 * text. */
static size_t skip_comment(const struct json_reader *reader, size_t at)
{
    const char *bytes = reader->bytes;
    const char *end;

    if (at + 1 >= reader->length || bytes[at] != '/')
        return at;
    if (bytes[at + 1] == '/') {
        end = memchr(bytes + at, '\n', reader->length - at);
        return end != NULL ? (size_t)(end - bytes) + 1 : reader->length;
    }
    if (bytes[at + 1] != '*')
        return at;
    end = memmem(bytes + at + 2, reader->length - at - 2, "*/", 2);
    return end != NULL ? (size_t)(end - bytes) + 2 : reader->length;
}

size_t json_skip_space(const struct json_reader *reader, size_t at)
{
    while (at < reader->length) {
        const char byte = reader->bytes[at];
        size_t behind;

        if (byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r') {
            at++;
            continue;
        }
        if (byte != '/' || !reader->limits.comments)
            break;
        behind = skip_comment(reader, at);
        if (behind == at)
            break;
        at = behind;
    }
    return at;
}

/* The token of the current event: [returned, reader->token_end). */
static size_t take_token(struct json_reader *reader)
{
    size_t start = json_skip_space(reader, reader->token_end);

    while (start < reader->length && (reader->bytes[start] == ',' || reader->bytes[start] == ':'))
        start = json_skip_space(reader, start + 1);
    /* At the end yajl parses a blank of its own, and counts from there. */
    reader->token_end = reader->finishing ? reader->length : yajl_get_bytes_consumed(reader->parser);
    for (const char *end = memchr(reader->bytes + reader->counted, '\n', start - reader->counted);
         end != NULL; end = memchr(end + 1, '\n', start - reader->line_start)) {
        reader->line++;
        reader->line_start = (size_t)(end - reader->bytes) + 1;
    }
    reader->counted = start;
    return start;
}

static uint32_t column_of(const struct json_reader *reader, size_t start)
{
    return (uint32_t)(start - reader->line_start + 1);
}

/* Make place for one more child of the innermost frame. */
static int reserve_child(struct json_reader *reader)
{
    size_t capacity;
    struct json_member *children;

    if (reader->child_count < reader->child_capacity)
        return 0;
    capacity = reader->child_capacity == 0 ? CHILDREN_FIRST : reader->child_capacity * 2;
    children = reallocarray(reader->children, capacity, sizeof(*children));
    if (children == NULL)
        return json_fail(reader, reader->counted, ERROR_LIMIT, "not enough memory for the document");
    reader->children = children;
    reader->child_capacity = capacity;
    return 0;
}

/* A new value at the current token, put into its parent. */
static struct json_value *add_value(struct json_reader *reader, enum json_type type, size_t start)
{
    struct json_value *value;

    if (reader->values >= reader->limits.values) {
        json_fail(reader, start, ERROR_LIMIT, "more than %zu values", reader->limits.values);
        return NULL;
    }
    reader->values++;
    value = arena_allocate(reader->arena, sizeof(*value));
    value->type = type;
    value->line = reader->line;
    value->column = column_of(reader, start);
    if (reader->depth == 0) {
        reader->root = value;
    } else {
        struct json_frame *frame = &reader->frames[reader->depth - 1];

        if (reserve_child(reader) < 0)
            return NULL;
        reader->children[reader->child_count++] = (struct json_member){
            .key = frame->key, .line = frame->key_line, .column = frame->key_column, .value = value};
        frame->key_pending = false;
    }
    return value;
}

static int on_null(void *context)
{
    struct json_reader *reader = context;

    return add_value(reader, JSON_NULL, take_token(reader)) != NULL;
}

static int on_boolean(void *context, int boolean)
{
    struct json_reader *reader = context;
    struct json_value *value = add_value(reader, JSON_BOOLEAN, take_token(reader));

    if (value == NULL)
        return 0;
    value->boolean = boolean != 0;
    return 1;
}

static int on_number(void *context, const char *text, size_t length)
{
    struct json_reader *reader = context;
    struct json_value *value = add_value(reader, JSON_NUMBER, take_token(reader));

    if (value == NULL)
        return 0;
    value->number.text = arena_copy(reader->arena, text, length);
    value->number.length = length;
    return 1;
}

/* The four digits of a \u escape; yajl has checked that they are hexadecimal. */
static unsigned int escape_value(const char *digits)
{
    unsigned int value = 0;

    for (int i = 0; i < 4; i++) {
        char digit = digits[i];

        value = value * 16 + (unsigned int)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return value;
}

/* \u escapes of the string token at [start, end): no NUL, surrogates only in pairs. yajl would put '?' or
 * worse in their place. */
static int check_escapes(struct json_reader *reader, size_t start, size_t end)
{
    const char *bytes = reader->bytes;

    for (size_t at = start; at + 1 < end; at++) {
        unsigned int first;

        if (bytes[at] != '\\')
            continue;
        at++;
        if (bytes[at] != 'u' || at + 4 >= end)
            continue;
        first = escape_value(bytes + at + 1);
        if (first == 0)
            return json_fail(reader, at - 1, ERROR_INVALID, "NUL character (\\u0000) in a string");
        if (first >= 0xd800 && first <= 0xdbff) {
            bool paired = at + 10 < end && bytes[at + 5] == '\\' && bytes[at + 6] == 'u' &&
                          escape_value(bytes + at + 7) >= 0xdc00 && escape_value(bytes + at + 7) <= 0xdfff;

            if (!paired)
                return json_fail(reader, at - 1, ERROR_INVALID, "lone high surrogate (\\u%04x) in a string",
                                 first);
            at += 10;
        } else if (first >= 0xdc00 && first <= 0xdfff) {
            return json_fail(reader, at - 1, ERROR_INVALID, "lone low surrogate (\\u%04x) in a string",
                             first);
        } else {
            at += 4;
        }
    }
    return 0;
}

/* The text of a string token. */
static char *take_string(struct json_reader *reader, size_t start, const unsigned char *text, size_t length)
{
    /* yajl points into the document unless it had to decode escapes. */
    bool escaped = (const char *)text != reader->bytes + start + 1;

    if (escaped && check_escapes(reader, start, reader->token_end) < 0)
        return NULL;
    return arena_copy(reader->arena, (const char *)text, length);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    struct json_reader *reader = context;
    size_t start = take_token(reader);
    char *copy = take_string(reader, start, text, length);
    struct json_value *value = copy != NULL ? add_value(reader, JSON_STRING, start) : NULL;

    if (value == NULL)
        return 0;
    value->string.bytes = copy;
    value->string.length = length;
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
    struct json_reader *reader = context;
    struct json_frame *frame = &reader->frames[reader->depth - 1];
    size_t start = take_token(reader);
    char *copy = take_string(reader, start, text, length);

    if (copy == NULL)
        return 0;
    frame->key = copy;
    frame->key_line = reader->line;
    frame->key_column = column_of(reader, start);
    frame->key_pending = true;
    return 1;
}

static int open_container(struct json_reader *reader, bool object)
{
    size_t start = take_token(reader);

    if (reader->depth >= reader->limits.depth) {
        json_fail(reader, start, ERROR_LIMIT, "nested deeper than %u levels", reader->limits.depth);
        return 0;
    }
    /* The parent's key stays pending, so that places inside show it. */
    reader->frames[reader->depth] = (struct json_frame){.object = object,
                                                        .line = reader->line,
                                                        .column = column_of(reader, start),
                                                        .base = reader->child_count};
    reader->depth++;
    return 1;
}

static int on_object_start(void *context)
{
    return open_container(context, true);
}

static int on_array_start(void *context)
{
    return open_container(context, false);
}

/* By key, then by place, so that of equal keys the first comes first. */
static int compare_members(const void *left, const void *right)
{
    const struct json_member *one = *(const struct json_member *const *)left;
    const struct json_member *other = *(const struct json_member *const *)right;
    int order = strcmp(one->key, other->key);

    if (order != 0)
        return order;
    return one < other ? -1 : one > other;
}

static int fail_duplicate(struct json_reader *reader, const struct json_member *first,
                          const struct json_member *second)
{
    char key_buffer[128], pointer_buffer[POINTER_SIZE];
    struct text key = text_over(key_buffer, sizeof(key_buffer));
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));

    reader->frames[reader->depth - 1].key_pending = false;
    append_open_place(&pointer, reader);
    json_place_append_key(&pointer, second->key);
    text_append_escaped(&key, second->key, strlen(second->key));
    return error_set(reader->error, ERROR_INVALID,
                     "%s:%u:%u: %s: duplicate key \"%s\": first at line %u, column %u", reader->name,
                     second->line, second->column, pointer.bytes, key.bytes, first->line, first->column);
}

/* The earliest second occurrence of a key, if any. Sorted when there are many: bounded by n log n whatever
 * the keys are. */
static int refuse_duplicates(struct json_reader *reader, const struct json_member *members, size_t count)
{
    const struct json_member *first = NULL, *second = NULL;

    if (count <= PAIRWISE_MAX) {
        for (size_t i = 1; i < count; i++)
            for (size_t j = 0; j < i; j++)
                if (members[i].key[0] == members[j].key[0] && strcmp(members[i].key, members[j].key) == 0)
                    return fail_duplicate(reader, &members[j], &members[i]);
        return 0;
    }
    {
        cleanup_free const struct json_member **order = reallocarray(NULL, count, sizeof(*order));

        if (order == NULL)
            return json_fail(reader, reader->counted, ERROR_LIMIT, "not enough memory for the document");
        for (size_t i = 0; i < count; i++)
            order[i] = &members[i];
        qsort(order, count, sizeof(*order), compare_members);
        for (size_t i = 1; i < count; i++)
            if (strcmp(order[i - 1]->key, order[i]->key) == 0 && (second == NULL || order[i] < second)) {
                first = order[i - 1];
                second = order[i];
            }
    }
    return second == NULL ? 0 : fail_duplicate(reader, first, second);
}

/* Move the innermost frame's children into a value of their own. */
static int close_container(struct json_reader *reader)
{
    struct json_frame frame = reader->frames[reader->depth - 1];
    struct json_member *children = reader->children != NULL ? reader->children + frame.base : NULL;
    size_t count = reader->child_count - frame.base;
    struct json_value *value;

    take_token(reader);
    if (frame.object && refuse_duplicates(reader, children, count) < 0)
        return 0;
    if (frame.object) {
        struct json_member *members = arena_array(reader->arena, count, sizeof(*members));

        if (count > 0)
            memcpy(members, children, count * sizeof(*members));
        reader->depth--;
        reader->child_count = frame.base;
        value = add_value(reader, JSON_OBJECT, reader->counted);
        if (value == NULL)
            return 0;
        value->object.members = members;
        value->object.count = count;
    } else {
        struct json_value **items = arena_array(reader->arena, count, sizeof(struct json_value *));

        for (size_t i = 0; i < count; i++)
            items[i] = children[i].value;
        reader->depth--;
        reader->child_count = frame.base;
        value = add_value(reader, JSON_ARRAY, reader->counted);
        if (value == NULL)
            return 0;
        value->array.items = items;
        value->array.count = count;
    }
    value->line = frame.line;
    value->column = frame.column;
    return 1;
}

static int on_container_end(void *context)
{
    return close_container(context);
}

/* yajl does not expect that memory ends, so it gets an arena, which never says so. Sizes stand before the
 * blocks. */
union block_head {
    size_t size;
    max_align_t alignment;
};

static void *parser_allocate(void *arena, size_t size)
{
    union block_head *head = arena_allocate(arena, sizeof(*head) + size);

    head->size = size;
    return head + 1;
}

static void *parser_reallocate(void *arena, void *block, size_t size)
{
    void *larger;

    if (block != NULL && ((union block_head *)block)[-1].size >= size)
        return block;
    larger = parser_allocate(arena, size);
    if (block != NULL)
        memcpy(larger, block, ((union block_head *)block)[-1].size);
    return larger;
}

static void parser_free(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

/* The text as bytes: size, byte order mark, NUL, UTF-8 (yajl takes overlong forms and encoded surrogates). */
static int check_bytes(struct json_reader *reader)
{
    const char *bytes = reader->bytes;
    const char *nul;
    size_t at = 0;

    if (reader->length > reader->limits.bytes)
        return error_set(reader->error, ERROR_LIMIT, "%s: %zu bytes are more than the limit of %zu",
                         reader->name, reader->length, reader->limits.bytes);
    if (reader->length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        return json_fail(reader, 0, ERROR_INVALID, "byte order mark: JSON is UTF-8 without one");
    nul = memchr(bytes, '\0', reader->length);
    if (nul != NULL)
        return json_fail(reader, (size_t)(nul - bytes), ERROR_INVALID, "NUL byte (0x00)");
    while (at < reader->length) {
        uint64_t eight;
        size_t size;

        while (at + sizeof(eight) <= reader->length) {
            memcpy(&eight, bytes + at, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) != 0)
                break;
            at += sizeof(eight);
        }
        if (at == reader->length)
            break;
        size = text_character_length(bytes + at, reader->length - at);
        if (size == 0)
            return json_fail(reader, at, ERROR_INVALID, "invalid UTF-8 (byte 0x%02x)",
                             (unsigned char)bytes[at]);
        at += size;
    }
    if (json_skip_space(reader, 0) == reader->length)
        return json_fail(reader, 0, ERROR_INVALID, "the document is empty");
    return 0;
}

static int parse(struct json_reader *reader)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_object_start,
        .yajl_map_key = on_key,
        .yajl_end_map = on_container_end,
        .yajl_start_array = on_array_start,
        .yajl_end_array = on_container_end,
    };
    cleanup_arena struct arena memory = {0};
    yajl_alloc_funcs functions = {
        .malloc = parser_allocate, .realloc = parser_reallocate, .free = parser_free, .ctx = &memory};
    yajl_handle parser = yajl_alloc(&callbacks, &functions, reader);
    yajl_status status;

    yajl_config(parser, yajl_dont_validate_strings, 1); /* check_bytes did, better */
    yajl_config(parser, yajl_allow_comments, reader->limits.comments ? 1 : 0);
    reader->parser = parser;
    status = yajl_parse(parser, (const unsigned char *)reader->bytes, reader->length);
    if (status == yajl_status_ok) {
        reader->finishing = true;
        status = yajl_complete_parse(parser);
    }
    reader->parser = NULL;
    yajl_free(parser);
    if (status == yajl_status_client_canceled)
        return -1; /* a callback has filled the error */
    if (status != yajl_status_ok)
        return json_diagnose(reader);
    return 0;
}

int json_read(const char *bytes, size_t length, const char *name, const struct json_limits *limits,
              struct arena *arena, struct json_value **root, struct error *error)
{
    struct json_reader reader = {
        .bytes = bytes, .length = length, .name = name, .arena = arena, .error = error, .line = 1};
    int result;

    if (limits != NULL)
        reader.limits = *limits;
    if (reader.limits.bytes == 0)
        reader.limits.bytes = LIMIT_BYTES;
    if (reader.limits.depth == 0)
        reader.limits.depth = LIMIT_DEPTH;
    if (reader.limits.values == 0)
        reader.limits.values = LIMIT_VALUES;
    if (check_bytes(&reader) < 0)
        return -1;
    reader.frames = arena_array(arena, reader.limits.depth, sizeof(*reader.frames));
    result = parse(&reader);
    free(reader.children);
    if (result < 0)
        return -1;
    *root = reader.root;
    return 0;
}
