/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commas, line breaks and indentation. */
#include "plan/json_writer.h"

#include "json/table.h"

static void begin_value(struct json_writer *writer, const char *key)
{
    if (writer->depth > 0)
        text_append(writer->text, writer->empty ? "\n" : ",\n");
    for (unsigned int i = 0; i < writer->depth; i++)
        text_append(writer->text, "  ");
    if (key != NULL) {
        json_append_string(writer->text, key);
        text_append(writer->text, ": ");
    }
    writer->empty = false;
}

void json_writer_open(struct json_writer *writer, const char *key, char bracket)
{
    begin_value(writer, key);
    text_append_character(writer->text, bracket);
    writer->depth++;
    writer->empty = true;
}

void json_writer_close(struct json_writer *writer, char bracket)
{
    writer->depth--;
    if (!writer->empty) {
        text_append(writer->text, "\n");
        for (unsigned int i = 0; i < writer->depth; i++)
            text_append(writer->text, "  ");
    }
    text_append_character(writer->text, bracket);
    writer->empty = false;
}

void json_writer_string(struct json_writer *writer, const char *key, const char *value)
{
    begin_value(writer, key);
    json_append_string(writer->text, value);
}

void json_writer_number(struct json_writer *writer, const char *key, int64_t value)
{
    begin_value(writer, key);
    text_append_signed(writer->text, value);
}

void json_writer_unsigned(struct json_writer *writer, const char *key, uint64_t value)
{
    begin_value(writer, key);
    text_append_unsigned(writer->text, value);
}

void json_writer_boolean(struct json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    text_append(writer->text, value ? "true" : "false");
}

void json_writer_optional_string(struct json_writer *writer, const char *key, const char *value)
{
    if (value != NULL)
        json_writer_string(writer, key, value);
}

void json_writer_flag(struct json_writer *writer, const char *key, bool value)
{
    if (value)
        json_writer_boolean(writer, key, true);
}

void json_writer_strings(struct json_writer *writer, const char *key, const struct plan_strings *strings)
{
    if (strings->count == 0)
        return;
    json_writer_open(writer, key, '[');
    for (size_t i = 0; i < strings->count; i++)
        json_writer_string(writer, NULL, strings->items[i]);
    json_writer_close(writer, ']');
}
