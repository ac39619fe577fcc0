/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees to structs: one function a kind of member, found in a table by the kind. */
#include "json/table.h"

#include <stdarg.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "json/place.h"

enum {
    POINTER_SIZE = 512, /* longer pointers are cut in messages */
    NOTE_POINTER_SIZE = 256,
    NOTES_MAX = 1000, /* a hostile document does not get more of our memory than that */
    FOUND_SIZE = 96,
};

struct spot {
    const struct json_decoding *decoding;
    const struct json_place *place;
};

/* NAME:LINE:COLUMN: POINTER: TEXT */
static int fail(const struct spot *spot, uint32_t line, uint32_t column, struct error *error,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

static int fail(const struct spot *spot, uint32_t line, uint32_t column, struct error *error,
                const char *format, ...)
{
    char pointer_buffer[POINTER_SIZE], reason_buffer[ERROR_MESSAGE_MAX];
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    struct text reason = text_over(reason_buffer, sizeof(reason_buffer));
    va_list arguments;

    json_place_append(&pointer, spot->place);
    va_start(arguments, format);
    text_append_format_list(&reason, format, arguments);
    va_end(arguments);
    return error_set(error, ERROR_INVALID, "%s:%u:%u: %s%s%s%s", spot->decoding->name, line, column,
                     pointer.bytes, pointer.overflow ? "\xe2\x80\xa6" : "", pointer.length > 0 ? ": " : "",
                     reason.bytes);
}

/* What stands there, for "expected …, found …". */
static const char *describe(const struct json_value *value, char buffer[FOUND_SIZE])
{
    struct text text = text_over(buffer, FOUND_SIZE);
    const size_t shown = 40;

    switch (value->type) {
    case JSON_NUMBER:
        text_append_bytes(&text, value->number.text,
                          value->number.length < shown ? value->number.length : shown);
        text_append(&text, value->number.length > shown ? "\xe2\x80\xa6" : "");
        break;
    case JSON_STRING:
        text_append(&text, "the string \"");
        if (value->string.length <= shown)
            text_append_bytes(&text, value->string.bytes, value->string.length);
        else
            text_append_format(&text, "%.*s\xe2\x80\xa6", (int)shown, value->string.bytes);
        text_append(&text, "\"");
        break;
    case JSON_BOOLEAN:
        text_append(&text, value->boolean ? "true" : "false");
        break;
    case JSON_NULL:
        text_append(&text, "null (leave out what is not wanted)");
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        text_append_format(&text, "an %s", json_type_name(value->type));
        break;
    }
    return text.bytes;
}

static int fail_expected(const struct spot *spot, const struct json_value *value, const char *expected,
                         struct error *error)
{
    char found[FOUND_SIZE];

    return fail(spot, value->line, value->column, error, "expected %s, found %s", expected,
                describe(value, found));
}

static int decode_object(const struct spot *spot, const struct json_table *table,
                         const struct json_value *value, void *target, struct error *error);

static int decode_boolean(const struct spot *spot, const struct json_field *field,
                          const struct json_value *value, void *member, struct error *error)
{
    (void)field;
    if (value->type != JSON_BOOLEAN)
        return fail_expected(spot, value, "true or false", error);
    *(bool *)member = value->boolean;
    return 0;
}

static int decode_signed(const struct spot *spot, const struct json_value *value, int64_t minimum,
                         int64_t maximum, int64_t *number, struct error *error)
{
    char expected[96];

    if (value->type == JSON_NUMBER && number_signed(value->number.text, minimum, maximum, number))
        return 0;
    text_print(expected, sizeof(expected), "a whole number from %lld to %lld", (long long)minimum,
               (long long)maximum);
    return fail_expected(spot, value, expected, error);
}

static int decode_unsigned(const struct spot *spot, const struct json_value *value, uint64_t maximum,
                           uint64_t *number, struct error *error)
{
    char expected[96];

    if (value->type == JSON_NUMBER && number_unsigned(value->number.text, maximum, number))
        return 0;
    text_print(expected, sizeof(expected), "a whole number from 0 to %llu", (unsigned long long)maximum);
    return fail_expected(spot, value, expected, error);
}

static int decode_int64(const struct spot *spot, const struct json_field *field,
                        const struct json_value *value, void *member, struct error *error)
{
    bool bounded = field->minimum != 0 || field->maximum != 0;

    return decode_signed(spot, value, bounded ? field->minimum : INT64_MIN,
                         bounded ? field->maximum : INT64_MAX, member, error);
}

static int decode_int32(const struct spot *spot, const struct json_field *field,
                        const struct json_value *value, void *member, struct error *error)
{
    bool bounded = field->minimum != 0 || field->maximum != 0;
    int64_t number;

    if (decode_signed(spot, value, bounded ? field->minimum : INT32_MIN, bounded ? field->maximum : INT32_MAX,
                      &number, error) < 0)
        return -1;
    *(int32_t *)member = (int32_t)number;
    return 0;
}

static int decode_uint64(const struct spot *spot, const struct json_field *field,
                         const struct json_value *value, void *member, struct error *error)
{
    return decode_unsigned(spot, value, field->maximum_unsigned != 0 ? field->maximum_unsigned : UINT64_MAX,
                           member, error);
}

static uint64_t uint32_maximum(const struct json_field *field)
{
    return field->maximum_unsigned != 0 ? field->maximum_unsigned : UINT32_MAX - 1;
}

static int decode_uint32(const struct spot *spot, const struct json_field *field,
                         const struct json_value *value, void *member, struct error *error)
{
    uint64_t number;

    if (decode_unsigned(spot, value, uint32_maximum(field), &number, error) < 0)
        return -1;
    *(uint32_t *)member = (uint32_t)number;
    return 0;
}

static int decode_uint16(const struct spot *spot, const struct json_field *field,
                         const struct json_value *value, void *member, struct error *error)
{
    uint64_t number;

    if (decode_unsigned(spot, value, field->maximum_unsigned != 0 ? field->maximum_unsigned : UINT16_MAX,
                        &number, error) < 0)
        return -1;
    *(uint16_t *)member = (uint16_t)number;
    return 0;
}

static int decode_string(const struct spot *spot, const struct json_field *field,
                         const struct json_value *value, void *member, struct error *error)
{
    (void)field;
    if (value->type != JSON_STRING)
        return fail_expected(spot, value, "a string", error);
    *(const char **)member = value->string.bytes;
    return 0;
}

static int decode_word(const struct spot *spot, const struct json_word *words, const struct json_value *value,
                       int *number, struct error *error)
{
    char buffer[512];
    struct text expected = text_over(buffer, sizeof(buffer));

    if (value->type == JSON_STRING)
        for (const struct json_word *word = words; word->word != NULL; word++)
            if (strcmp(word->word, value->string.bytes) == 0) {
                *number = word->value;
                return 0;
            }
    text_append(&expected, "one of ");
    for (const struct json_word *word = words; word->word != NULL; word++)
        text_append_format(&expected, "%s\"%s\"", word == words ? "" : ", ", word->word);
    return fail_expected(spot, value, expected.bytes, error);
}

static int decode_enum(const struct spot *spot, const struct json_field *field,
                       const struct json_value *value, void *member, struct error *error)
{
    return decode_word(spot, field->words, value, member, error);
}

static int decode_strings(const struct spot *spot, const struct json_field *field,
                          const struct json_value *value, void *member, struct error *error)
{
    struct json_strings *strings = member;

    (void)field;
    if (value->type != JSON_ARRAY)
        return fail_expected(spot, value, "an array of strings", error);
    strings->present = true;
    strings->count = value->array.count;
    strings->items = arena_array(spot->decoding->arena, value->array.count, sizeof(const char *));
    for (size_t i = 0; i < value->array.count; i++) {
        const struct json_value *item = value->array.items[i];
        const struct json_place place = {.parent = spot->place, .index = i};
        const struct spot here = {spot->decoding, &place};

        if (item->type != JSON_STRING)
            return fail_expected(&here, item, "a string", error);
        strings->items[i] = item->string.bytes;
    }
    return 0;
}

static int decode_uint32s(const struct spot *spot, const struct json_field *field,
                          const struct json_value *value, void *member, struct error *error)
{
    struct json_uint32s *numbers = member;

    if (value->type != JSON_ARRAY)
        return fail_expected(spot, value, "an array of numbers", error);
    numbers->present = true;
    numbers->count = value->array.count;
    numbers->items = arena_array(spot->decoding->arena, value->array.count, sizeof(uint32_t));
    for (size_t i = 0; i < value->array.count; i++) {
        const struct json_place place = {.parent = spot->place, .index = i};
        const struct spot here = {spot->decoding, &place};
        uint64_t number;

        if (decode_unsigned(&here, value->array.items[i], uint32_maximum(field), &number, error) < 0)
            return -1;
        numbers->items[i] = (uint32_t)number;
    }
    return 0;
}

static int decode_enums(const struct spot *spot, const struct json_field *field,
                        const struct json_value *value, void *member, struct error *error)
{
    struct json_ints *numbers = member;

    if (value->type != JSON_ARRAY)
        return fail_expected(spot, value, "an array of strings", error);
    numbers->present = true;
    numbers->count = value->array.count;
    numbers->items = arena_array(spot->decoding->arena, value->array.count, sizeof(int));
    for (size_t i = 0; i < value->array.count; i++) {
        const struct json_place place = {.parent = spot->place, .index = i};
        const struct spot here = {spot->decoding, &place};

        if (decode_word(&here, field->words, value->array.items[i], &numbers->items[i], error) < 0)
            return -1;
    }
    return 0;
}

static int decode_string_map(const struct spot *spot, const struct json_field *field,
                             const struct json_value *value, void *member, struct error *error)
{
    struct json_string_map *map = member;

    (void)field;
    if (value->type != JSON_OBJECT)
        return fail_expected(spot, value, "an object of strings", error);
    map->present = true;
    map->count = value->object.count;
    map->items = arena_array(spot->decoding->arena, value->object.count, sizeof(*map->items));
    for (size_t i = 0; i < value->object.count; i++) {
        const struct json_member *entry = &value->object.members[i];
        const struct json_place place = {.parent = spot->place, .key = entry->key};
        const struct spot here = {spot->decoding, &place};

        if (entry->value->type != JSON_STRING)
            return fail_expected(&here, entry->value, "a string", error);
        map->items[i] = (struct json_pair){.key = entry->key, .value = entry->value->string.bytes};
    }
    return 0;
}

static int decode_struct(const struct spot *spot, const struct json_field *field,
                         const struct json_value *value, void *member, struct error *error)
{
    void *target;

    if (value->type != JSON_OBJECT)
        return fail_expected(spot, value, "an object", error);
    target = arena_allocate(spot->decoding->arena, field->table->size);
    *(const void **)member = target;
    return decode_object(spot, field->table, value, target, error);
}

static int decode_structs(const struct spot *spot, const struct json_field *field,
                          const struct json_value *value, void *member, struct error *error)
{
    struct json_structs *list = member;

    if (value->type != JSON_ARRAY)
        return fail_expected(spot, value, "an array of objects", error);
    list->present = true;
    list->count = value->array.count;
    list->items = arena_array(spot->decoding->arena, value->array.count, field->table->size);
    for (size_t i = 0; i < value->array.count; i++) {
        const struct json_place place = {.parent = spot->place, .index = i};
        const struct spot here = {spot->decoding, &place};

        if (decode_object(&here, field->table, value->array.items[i],
                          (char *)list->items + i * field->table->size, error) < 0)
            return -1;
    }
    return 0;
}

static int decode_struct_map(const struct spot *spot, const struct json_field *field,
                             const struct json_value *value, void *member, struct error *error)
{
    struct json_struct_map *map = member;

    if (value->type != JSON_OBJECT)
        return fail_expected(spot, value, "an object of objects", error);
    map->present = true;
    map->count = value->object.count;
    map->keys = arena_array(spot->decoding->arena, value->object.count, sizeof(const char *));
    map->items = arena_array(spot->decoding->arena, value->object.count, field->table->size);
    for (size_t i = 0; i < value->object.count; i++) {
        const struct json_member *entry = &value->object.members[i];
        const struct json_place place = {.parent = spot->place, .key = entry->key};
        const struct spot here = {spot->decoding, &place};

        map->keys[i] = entry->key;
        if (decode_object(&here, field->table, entry->value, (char *)map->items + i * field->table->size,
                          error) < 0)
            return -1;
    }
    return 0;
}

static int decode_anything(const struct spot *spot, const struct json_field *field,
                           const struct json_value *value, void *member, struct error *error)
{
    (void)spot;
    (void)field;
    (void)error;
    *(const struct json_value **)member = value;
    return 0;
}

typedef int decoder(const struct spot *spot, const struct json_field *field, const struct json_value *value,
                    void *member, struct error *error);

static decoder *const decoders[] = {
    [JSON_KIND_BOOLEAN] = decode_boolean,       [JSON_KIND_INT64] = decode_int64,
    [JSON_KIND_UINT64] = decode_uint64,         [JSON_KIND_INT32] = decode_int32,
    [JSON_KIND_UINT32] = decode_uint32,         [JSON_KIND_UINT16] = decode_uint16,
    [JSON_KIND_STRING] = decode_string,         [JSON_KIND_ENUM] = decode_enum,
    [JSON_KIND_STRINGS] = decode_strings,       [JSON_KIND_UINT32S] = decode_uint32s,
    [JSON_KIND_ENUMS] = decode_enums,           [JSON_KIND_STRING_MAP] = decode_string_map,
    [JSON_KIND_STRUCT] = decode_struct,         [JSON_KIND_STRUCTS] = decode_structs,
    [JSON_KIND_STRUCT_MAP] = decode_struct_map, [JSON_KIND_ANYTHING] = decode_anything,
};

static int unknown_member(const struct spot *spot, const struct json_table *table,
                          const struct json_member *member, struct error *error)
{
    const struct json_place place = {.parent = spot->place, .key = member->key};
    struct json_notes *notes = spot->decoding->notes;
    char pointer_buffer[NOTE_POINTER_SIZE], text_buffer[256];
    struct text pointer = text_over(pointer_buffer, sizeof(pointer_buffer));
    struct text words = text_over(text_buffer, sizeof(text_buffer));
    const char *suggestion;

    if (notes != NULL && notes->count >= NOTES_MAX) {
        if (notes->count == NOTES_MAX)
            json_note_add(notes, spot->decoding->arena, "", "more unknown members, which are not listed",
                          member->line, member->column);
        return 0;
    }
    suggestion = json_suggest(table, member->key);
    text_append_format(&words, "unknown member of %s", table->name);
    if (suggestion != NULL)
        text_append_format(&words, " (did you mean \"%s\"?)", suggestion);
    if (notes == NULL) {
        const struct spot here = {spot->decoding, &place};

        return fail(&here, member->line, member->column, error, "%s", words.bytes);
    }
    json_place_append(&pointer, &place);
    json_note_add(notes, spot->decoding->arena, pointer.bytes, words.bytes, member->line, member->column);
    return 0;
}

static bool is_container(enum json_kind kind)
{
    switch (kind) {
    case JSON_KIND_STRINGS:
    case JSON_KIND_UINT32S:
    case JSON_KIND_ENUMS:
    case JSON_KIND_STRING_MAP:
    case JSON_KIND_STRUCT:
    case JSON_KIND_STRUCTS:
    case JSON_KIND_STRUCT_MAP:
        return true;
    default:
        return false;
    }
}

/*
 * Programs in Go write null for objects and arrays that are not there. A document whose unknown members are
 * passed over is read as they would read it; elsewhere (policies, records) null is a mistake, and so it is
 * for numbers, strings and booleans everywhere: "uid": null must not become root.
 */
static bool is_absent(const struct spot *spot, const struct json_member *member,
                      const struct json_field *field)
{
    const struct json_decoding *decoding = spot->decoding;

    return member->value->type == JSON_NULL && (decoding->notes != NULL || decoding->null_is_absent) &&
           is_container(field->kind);
}

static void note_absent(const struct spot *spot, const struct json_member *member)
{
    struct json_notes *notes = spot->decoding->notes;
    char buffer[NOTE_POINTER_SIZE];
    struct text pointer = text_over(buffer, sizeof(buffer));

    if (notes == NULL || notes->count >= NOTES_MAX)
        return;
    json_place_append(&pointer, spot->place);
    json_note_add(notes, spot->decoding->arena, pointer.bytes, "null is read as absent", member->line,
                  member->column);
}

static const struct json_field *find_field(const struct json_table *table, const char *key, size_t *index)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->fields[i].key[0] == key[0] && strcmp(table->fields[i].key, key) == 0) {
            *index = i;
            return &table->fields[i];
        }
    return NULL;
}

static int decode_object(const struct spot *spot, const struct json_table *table,
                         const struct json_value *value, void *target, struct error *error)
{
    uint64_t seen = 0; /* a bit a row: no table has more than 64 */

    if (value->type != JSON_OBJECT)
        return fail_expected(spot, value, "an object", error);
    if (table->origin != JSON_NO_PRESENCE)
        *(struct json_origin *)(void *)((char *)target + table->origin) =
            (struct json_origin){.line = value->line, .column = value->column};
    for (size_t i = 0; i < value->object.count; i++) {
        const struct json_member *member = &value->object.members[i];
        const struct json_place place = {.parent = spot->place, .key = member->key};
        const struct spot here = {spot->decoding, &place};
        size_t index = 0;
        const struct json_field *field = find_field(table, member->key, &index);

        if (field == NULL) {
            if (unknown_member(spot, table, member, error) < 0)
                return -1;
            continue;
        }
        if (is_absent(&here, member, field)) {
            note_absent(&here, member);
            continue;
        }
        seen |= UINT64_C(1) << index;
        if (decoders[field->kind](&here, field, member->value, (char *)target + field->offset, error) < 0)
            return -1;
        if (field->presence != JSON_NO_PRESENCE)
            *(bool *)((char *)target + field->presence) = true;
    }
    for (size_t i = 0; i < table->count; i++)
        if (table->fields[i].required && (seen >> i & 1) == 0) {
            const struct json_place place = {.parent = spot->place, .key = table->fields[i].key};
            const struct spot here = {spot->decoding, &place};

            return fail(&here, value->line, value->column, error, "required member of %s is missing",
                        table->name);
        }
    return 0;
}

int json_decode(const struct json_decoding *decoding, const struct json_table *table,
                const struct json_value *value, void *target, struct error *error)
{
    const struct spot root = {decoding, NULL};

    memset(target, 0, table->size);
    return decode_object(&root, table, value, target, error);
}
