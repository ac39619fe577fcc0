/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees to structs and back, by tables: one row a member, and the same row decodes, encodes, and names the
 * place in errors.
 *
 * A struct type is described by a `struct json_table`; a member by a `struct json_field` with its key, its
 * place in the struct (offsetof) and its kind. All results live in the caller's arena; strings are
 * NUL-terminated. Optional scalars have a presence flag: a `bool has_…` member in the struct (offset
 * `presence`), so that "absent" and "zero" stay apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "json/json.h"

enum json_kind {
    JSON_KIND_BOOLEAN,    /* bool */
    JSON_KIND_INT64,      /* int64_t, range minimum..maximum */
    JSON_KIND_UINT64,     /* uint64_t, range 0..maximum_unsigned (0: no bound) */
    JSON_KIND_INT32,      /* int32_t */
    JSON_KIND_UINT32,     /* uint32_t; 4294967295 is refused unless maximum_unsigned says so: (uid_t)-1 means
                             "unchanged" to the kernel */
    JSON_KIND_UINT16,     /* uint16_t */
    JSON_KIND_STRING,     /* const char * */
    JSON_KIND_ENUM,       /* int, words in `words` */
    JSON_KIND_STRINGS,    /* struct json_strings */
    JSON_KIND_UINT32S,    /* struct json_uint32s */
    JSON_KIND_ENUMS,      /* struct json_ints: array of words */
    JSON_KIND_STRING_MAP, /* struct json_string_map: object of strings */
    JSON_KIND_STRUCT,     /* const TYPE *, NULL when absent: table */
    JSON_KIND_STRUCTS,    /* struct json_structs: array of table's type */
    JSON_KIND_STRUCT_MAP, /* struct json_struct_map: object whose values are of table's type */
    JSON_KIND_ANYTHING,   /* const struct json_value *, kept as a tree (what Linux does not use) */
};

struct json_word {
    const char *word;
    int value;
};

struct json_strings {
    const char **items;
    size_t count;
    bool present;
};
struct json_uint32s {
    uint32_t *items;
    size_t count;
    bool present;
};
struct json_ints {
    int *items;
    size_t count;
    bool present;
};
struct json_pair {
    const char *key;
    const char *value;
};
struct json_string_map {
    struct json_pair *items; /* in the document's order */
    size_t count;
    bool present;
};
/* items points to `count` structs, laid out by the table's size. */
struct json_structs {
    void *items;
    size_t count;
    bool present;
};
struct json_struct_map {
    const char **keys;
    void *items;
    size_t count;
    bool present;
};

struct json_table;

struct json_field {
    const char *key;
    enum json_kind kind;
    size_t offset;
    size_t presence;                /* offset of the bool "has_…", or JSON_NO_PRESENCE */
    bool required;                  /* absent: ERROR_INVALID */
    int64_t minimum, maximum;       /* signed kinds; both 0: the type's range */
    uint64_t maximum_unsigned;      /* unsigned kinds; 0: the type's range (see JSON_KIND_UINT32) */
    const struct json_word *words;  /* enums: ends with {NULL, 0} */
    const struct json_table *table; /* struct kinds */
};

#define JSON_NO_PRESENCE ((size_t)-1)

struct json_table {
    const char *name; /* what messages call the type: "mount", "hook" */
    size_t size;
    const struct json_field *fields;
    size_t count;
    size_t origin; /* offset of a `struct json_origin` that decoding fills with the object's place, or
                      JSON_NO_PRESENCE */
};

/* Rows and tables: JSON_FIELD(struct spec_root, path, "path", JSON_KIND_STRING, .required = true). A FLAGGED
 * one has a "has_…" member of the same name in the struct. */
#define JSON_FIELD(type, member, name, field_kind, ...)                                                      \
    {                                                                                                        \
        .key = (name), .kind = (field_kind), .offset = offsetof(type, member), .presence = JSON_NO_PRESENCE, \
        __VA_ARGS__                                                                                          \
    }
#define JSON_FIELD_FLAGGED(type, member, name, field_kind, ...)                                              \
    {                                                                                                        \
        .key = (name), .kind = (field_kind), .offset = offsetof(type, member),                               \
        .presence = offsetof(type, has_##member), __VA_ARGS__                                                \
    }
#define JSON_TABLE(type, type_name, rows)                                                                    \
    {                                                                                                        \
        .name = (type_name), .size = sizeof(type), .fields = (rows),                                         \
        .count = sizeof(rows) / sizeof((rows)[0]), .origin = JSON_NO_PRESENCE                                \
    }
/* For a struct with a `struct json_origin origin`. */
#define JSON_TABLE_PLACED(type, type_name, rows)                                                             \
    {                                                                                                        \
        .name = (type_name), .size = sizeof(type), .fields = (rows),                                         \
        .count = sizeof(rows) / sizeof((rows)[0]), .origin = offsetof(type, origin)                          \
    }

/* Where an object stood in its document; line 0: nowhere (made by us). */
struct json_origin {
    uint32_t line, column;
};

/* What decoding wants to say without failing: unknown members. */
struct json_note {
    const char *pointer; /* RFC 6901 */
    const char *text;
    uint32_t line, column;
};
struct json_notes {
    struct json_note *items;
    size_t count, capacity;
};

struct json_decoding {
    const char *name; /* of the document, for messages */
    struct arena *arena;
    struct json_notes *notes; /* unknown members are noted here and skipped; NULL: they are ERROR_INVALID with
                                 "did you mean" */
    bool null_is_absent; /* null for an object or array is passed over also where unknown members are not */
};

/* Decode value into *target (table->size bytes, zeroed by this call). Errors say NAME:LINE:COLUMN, the JSON
 * pointer, what was expected and what was found, with the allowed range or words. */
int json_decode(const struct json_decoding *decoding, const struct json_table *table,
                const struct json_value *value, void *target, struct error *error);

/* Encode a struct as JSON. Absent members are left out. indent: spaces a level, 0: one line. */
void json_encode(struct text *text, const struct json_table *table, const void *source, unsigned int indent);

/* Write a tree as it was read, numbers as they were written. */
void json_encode_value(struct text *text, const struct json_value *value, unsigned int indent);

/* Write one JSON string with its quotes, escaped. Bytes that are no UTF-8 (they cannot come from a document)
 * become U+FFFD. */
void json_append_string(struct text *text, const char *string);

/* The words of an enum: word for value, or NULL. */
const char *json_word_for(const struct json_word *words, int value);

void json_note_add(struct json_notes *notes, struct arena *arena, const char *pointer, const char *note_text,
                   uint32_t line, uint32_t column);

/* The table's key that an unknown one was probably meant to be ("Process": "process"), or NULL. */
const char *json_suggest(const struct json_table *table, const char *key);
