/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structs to JSON text, by the tables that decode them. */
#include "json/table.h"

#include <string.h>
#include "base/memory.h"

struct writer {
    struct text *text;
    unsigned int indent; /* spaces a level; 0: one line */
    unsigned int level;
};

const char *json_word_for(const struct json_word *words, int value)
{
    for (; words->word != NULL; words++)
        if (words->value == value)
            return words->word;
    return NULL;
}

void json_append_string(struct text *text, const char *string)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(string), plain = 0, at = 0;

    text_append_character(text, '"');
    while (at < length) {
        const unsigned char byte = (unsigned char)string[at];
        size_t size = byte < 0x80 ? 1 : text_character_length(string + at, length - at);
        char escape[7] = {'\\', '\0'};

        if (size > 0 && byte >= 0x20 && byte != '"' && byte != '\\') {
            at += size;
            continue;
        }
        text_append_bytes(text, string + plain, at - plain);
        if (size == 0)
            text_append(text, "\xef\xbf\xbd");
        else if (byte == '"' || byte == '\\')
            escape[1] = (char)byte;
        else if (byte == '\n')
            escape[1] = 'n';
        else if (byte == '\t')
            escape[1] = 't';
        else if (byte == '\r')
            escape[1] = 'r';
        else
            memcpy(escape + 1, (char[]){'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 5);
        if (size > 0)
            text_append(text, escape);
        at += size == 0 ? 1 : size;
        plain = at;
    }
    text_append_bytes(text, string + plain, at - plain);
    text_append_character(text, '"');
}

static void new_line(const struct writer *writer)
{
    if (writer->indent == 0)
        return;
    text_append_character(writer->text, '\n');
    for (unsigned int i = 0; i < writer->indent * writer->level; i++)
        text_append_character(writer->text, ' ');
}

static void open_container(struct writer *writer, char bracket)
{
    text_append_character(writer->text, bracket);
    writer->level++;
}

static void next_item(const struct writer *writer, bool *first)
{
    if (!*first)
        text_append_character(writer->text, ',');
    *first = false;
    new_line(writer);
}

static void close_container(struct writer *writer, char bracket, bool empty)
{
    writer->level--;
    if (!empty)
        new_line(writer);
    text_append_character(writer->text, bracket);
}

static void append_key(const struct writer *writer, const char *key)
{
    json_append_string(writer->text, key);
    text_append(writer->text, writer->indent > 0 ? ": " : ":");
}

/* A tree as it was read. Depth was bounded by the reader. */
static void encode_tree(struct writer *writer, const struct json_value *value)
{
    bool first = true;

    switch (value->type) {
    case JSON_NULL:
        text_append(writer->text, "null");
        break;
    case JSON_BOOLEAN:
        text_append(writer->text, value->boolean ? "true" : "false");
        break;
    case JSON_NUMBER:
        text_append_bytes(writer->text, value->number.text, value->number.length);
        break;
    case JSON_STRING:
        json_append_string(writer->text, value->string.bytes);
        break;
    case JSON_ARRAY:
        open_container(writer, '[');
        for (size_t i = 0; i < value->array.count; i++) {
            next_item(writer, &first);
            encode_tree(writer, value->array.items[i]);
        }
        close_container(writer, ']', first);
        break;
    case JSON_OBJECT:
        open_container(writer, '{');
        for (size_t i = 0; i < value->object.count; i++) {
            next_item(writer, &first);
            append_key(writer, value->object.members[i].key);
            encode_tree(writer, value->object.members[i].value);
        }
        close_container(writer, '}', first);
        break;
    }
}

/* True when the member is to be left out: no presence flag set, no pointer, an empty list that was not given.
 */
static bool is_absent(const struct json_field *field, const void *source)
{
    const char *member = (const char *)source + field->offset;

    if (field->presence != JSON_NO_PRESENCE)
        return !*(const bool *)((const char *)source + field->presence);
    switch (field->kind) {
    case JSON_KIND_STRING:
    case JSON_KIND_STRUCT:
    case JSON_KIND_ANYTHING:
        return *(const void *const *)(const void *)member == NULL;
    case JSON_KIND_STRINGS: {
        const struct json_strings *list = (const void *)member;
        return !list->present && list->count == 0;
    }
    case JSON_KIND_UINT32S: {
        const struct json_uint32s *list = (const void *)member;
        return !list->present && list->count == 0;
    }
    case JSON_KIND_ENUMS: {
        const struct json_ints *list = (const void *)member;
        return !list->present && list->count == 0;
    }
    case JSON_KIND_STRING_MAP: {
        const struct json_string_map *map = (const void *)member;
        return !map->present && map->count == 0;
    }
    case JSON_KIND_STRUCTS: {
        const struct json_structs *list = (const void *)member;
        return !list->present && list->count == 0;
    }
    case JSON_KIND_STRUCT_MAP: {
        const struct json_struct_map *map = (const void *)member;
        return !map->present && map->count == 0;
    }
    case JSON_KIND_BOOLEAN:
        return !field->required && !*(const bool *)member;
    case JSON_KIND_INT64:
    case JSON_KIND_UINT64:
        return !field->required && *(const uint64_t *)(const void *)member == 0;
    case JSON_KIND_INT32:
    case JSON_KIND_UINT32:
        return !field->required && *(const uint32_t *)(const void *)member == 0;
    case JSON_KIND_UINT16:
        return !field->required && *(const uint16_t *)(const void *)member == 0;
    case JSON_KIND_ENUM:
        return json_word_for(field->words, *(const int *)(const void *)member) == NULL;
    }
    return true;
}

static void encode_object(struct writer *writer, const struct json_table *table, const void *source);

static void encode_lists(struct writer *writer, const struct json_field *field, const void *member)
{
    bool first = true;

    open_container(writer, '[');
    if (field->kind == JSON_KIND_STRINGS) {
        const struct json_strings *list = member;
        for (size_t i = 0; i < list->count; i++) {
            next_item(writer, &first);
            json_append_string(writer->text, list->items[i]);
        }
    } else if (field->kind == JSON_KIND_UINT32S) {
        const struct json_uint32s *list = member;
        for (size_t i = 0; i < list->count; i++) {
            next_item(writer, &first);
            text_append_unsigned(writer->text, list->items[i]);
        }
    } else if (field->kind == JSON_KIND_ENUMS) {
        const struct json_ints *list = member;
        for (size_t i = 0; i < list->count; i++) {
            const char *word = json_word_for(field->words, list->items[i]);
            if (word == NULL)
                continue; /* no document can have had it */
            next_item(writer, &first);
            json_append_string(writer->text, word);
        }
    } else {
        const struct json_structs *list = member;
        for (size_t i = 0; i < list->count; i++) {
            next_item(writer, &first);
            encode_object(writer, field->table, (const char *)list->items + i * field->table->size);
        }
    }
    close_container(writer, ']', first);
}

static void encode_maps(struct writer *writer, const struct json_field *field, const void *member)
{
    bool first = true;

    open_container(writer, '{');
    if (field->kind == JSON_KIND_STRING_MAP) {
        const struct json_string_map *map = member;
        for (size_t i = 0; i < map->count; i++) {
            next_item(writer, &first);
            append_key(writer, map->items[i].key);
            json_append_string(writer->text, map->items[i].value);
        }
    } else {
        const struct json_struct_map *map = member;
        for (size_t i = 0; i < map->count; i++) {
            next_item(writer, &first);
            append_key(writer, map->keys[i]);
            encode_object(writer, field->table, (const char *)map->items + i * field->table->size);
        }
    }
    close_container(writer, '}', first);
}

static void encode_member(struct writer *writer, const struct json_field *field, const void *member)
{
    switch (field->kind) {
    case JSON_KIND_BOOLEAN:
        text_append(writer->text, *(const bool *)member ? "true" : "false");
        break;
    case JSON_KIND_INT64:
        text_append_signed(writer->text, *(const int64_t *)member);
        break;
    case JSON_KIND_UINT64:
        text_append_unsigned(writer->text, *(const uint64_t *)member);
        break;
    case JSON_KIND_INT32:
        text_append_signed(writer->text, *(const int32_t *)member);
        break;
    case JSON_KIND_UINT32:
        text_append_unsigned(writer->text, *(const uint32_t *)member);
        break;
    case JSON_KIND_UINT16:
        text_append_unsigned(writer->text, *(const uint16_t *)member);
        break;
    case JSON_KIND_STRING:
        json_append_string(writer->text, *(const char *const *)member);
        break;
    case JSON_KIND_ENUM:
        json_append_string(writer->text, json_word_for(field->words, *(const int *)member));
        break;
    case JSON_KIND_STRUCT:
        encode_object(writer, field->table, *(const void *const *)member);
        break;
    case JSON_KIND_ANYTHING:
        encode_tree(writer, *(const struct json_value *const *)member);
        break;
    case JSON_KIND_STRINGS:
    case JSON_KIND_UINT32S:
    case JSON_KIND_ENUMS:
    case JSON_KIND_STRUCTS:
        encode_lists(writer, field, member);
        break;
    case JSON_KIND_STRING_MAP:
    case JSON_KIND_STRUCT_MAP:
        encode_maps(writer, field, member);
        break;
    }
}

static void encode_object(struct writer *writer, const struct json_table *table, const void *source)
{
    bool first = true;

    open_container(writer, '{');
    for (size_t i = 0; i < table->count; i++) {
        const struct json_field *field = &table->fields[i];

        if (is_absent(field, source))
            continue;
        next_item(writer, &first);
        append_key(writer, field->key);
        encode_member(writer, field, (const char *)source + field->offset);
    }
    close_container(writer, '}', first);
}

void json_encode(struct text *text, const struct json_table *table, const void *source, unsigned int indent)
{
    struct writer writer = {.text = text, .indent = indent};

    encode_object(&writer, table, source);
}

void json_encode_value(struct text *text, const struct json_value *value, unsigned int indent)
{
    struct writer writer = {.text = text, .indent = indent};

    encode_tree(&writer, value);
}
