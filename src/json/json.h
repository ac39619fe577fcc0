/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to tree, strictly (RFC 8259), on yajl's events.
 *
 * Refused, with line and column: duplicate keys (both positions), NUL in strings (raw or \u0000), invalid
 * UTF-8, lone surrogates, a byte order mark, comments (unless allowed: policies), trailing text or a second
 * document, nesting deeper than the limit, too many members, too long a document. One parse, one tree:
 * whoever checks and whoever acts see the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value;

struct json_member {
    const char *key;
    uint32_t line, column; /* of the key */
    struct json_value *value;
};

/* Line and column count from 1; columns count bytes. Everything is owned by the arena it was read into. */
struct json_value {
    enum json_type type;
    uint32_t line, column;
    union {
        bool boolean;
        struct {
            const char
                *text; /* as written: range and form are judged by the table that knows the wanted type */
            size_t length;
        } number;
        struct {
            const char *bytes; /* NUL-terminated, no NUL inside */
            size_t length;
        } string;
        struct {
            struct json_value **items;
            size_t count;
        } array;
        struct {
            struct json_member *members; /* in the document's order */
            size_t count;
        } object;
    };
};

struct json_limits {
    size_t bytes;       /* of the document; 0: 16 MiB */
    unsigned int depth; /* 0: 64 */
    size_t values;      /* in all; 0: 2,000,000 */
    bool comments;      /* allow comments of both forms */
};

/*
 * Parse bytes (need not be NUL-terminated). name: what messages call the document (a file name). On success
 * *root is set. Errors: ERROR_INVALID or ERROR_LIMIT, "NAME:LINE:COLUMN: what", with the path of the place as
 * JSON pointer and an excerpt.
 */
int json_read(const char *bytes, size_t length, const char *name, const struct json_limits *limits,
              struct arena *arena, struct json_value **root, struct error *error);

/* Member of an object by exact key, or NULL (also when value is no object). */
const struct json_value *json_member(const struct json_value *value, const char *key);

/* "object", "array", "string", "number", "true or false", "null". */
const char *json_type_name(enum json_type type);
