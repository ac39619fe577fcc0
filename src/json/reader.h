/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What read.c (events to tree) and diagnose.c (syntax errors in words) share. Not for other floors. */
#pragma once

#include "json/json.h"

/* One open object or array. */
struct json_frame {
    bool object;
    uint32_t line, column; /* where it began */
    size_t base;           /* of its children on the reader's stack */
    const char *key;       /* object: the key whose value comes next or came last */
    uint32_t key_line, key_column;
    bool key_pending; /* object: a key was read, its value was not */
};

struct json_reader {
    const char *bytes;
    size_t length;
    const char *name;
    struct json_limits limits;
    struct arena *arena;
    struct error *error;
    void *parser;   /* yajl_handle */
    bool finishing; /* yajl was told that the text is over */

    size_t token_end; /* behind the last token that yajl told of */
    size_t counted;   /* lines are counted up to here */
    size_t line_start;
    uint32_t line;

    struct json_frame *frames; /* limits.depth of them */
    unsigned int depth;
    size_t values;

    struct json_member *children; /* heap: of all open frames, innermost last */
    size_t child_count, child_capacity;
    struct json_value *root;
};

/* The offset of the next token or separator at or behind `at`: white space is skipped, and comments where
 * allowed. */
size_t json_skip_space(const struct json_reader *reader, size_t at);

/* Fill the reader's error: NAME:LINE:COLUMN of offset, the pointer of the open place, the formatted text.
 * Returns -1. */
int json_fail(struct json_reader *reader, size_t offset, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* yajl refused the text somewhere behind reader->token_end: find the place and say why. Returns -1. */
int json_diagnose(struct json_reader *reader);
