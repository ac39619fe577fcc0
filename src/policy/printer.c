/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON text, piece by piece. */
#include "policy/printer.h"

#include <string.h>
#include "base/memory.h"
#include "json/table.h"

enum { LINE_BYTES = 100 }; /* a list of words that fits stays on one line */

static void new_line(struct printer *printer)
{
    if (printer->indent == 0)
        return;
    text_append_character(printer->text, '\n');
    for (unsigned int i = 0; i < printer->indent * printer->level; i++)
        text_append_character(printer->text, ' ');
}

void printer_key(struct printer *printer, const char *key)
{
    if (!printer->first)
        text_append_character(printer->text, ',');
    if (printer->level > 0)
        new_line(printer);
    printer->first = false;
    if (key == NULL)
        return;
    json_append_string(printer->text, key);
    text_append(printer->text, printer->indent > 0 ? ": " : ":");
}

void printer_open(struct printer *printer, const char *key, char bracket)
{
    printer_key(printer, key);
    text_append_character(printer->text, bracket);
    printer->level++;
    printer->first = true;
}

void printer_close(struct printer *printer, char bracket)
{
    printer->level--;
    if (!printer->first)
        new_line(printer);
    text_append_character(printer->text, bracket);
    printer->first = false;
}

struct printer_mark printer_begin_section(struct printer *printer, const char *key)
{
    struct printer_mark mark = {printer->text->length, printer->first};

    printer_open(printer, key, '{');
    return mark;
}

void printer_end_section(struct printer *printer, struct printer_mark mark)
{
    bool empty = printer->first;

    printer_close(printer, '}');
    if (!empty || printer->text->overflow)
        return;
    printer->text->length = mark.length;
    printer->text->bytes[mark.length] = '\0';
    printer->first = mark.first;
}

void printer_string(struct printer *printer, const char *key, const char *string)
{
    printer_key(printer, key);
    json_append_string(printer->text, string);
}

void printer_number(struct printer *printer, const char *key, uint64_t number)
{
    printer_key(printer, key);
    text_append_unsigned(printer->text, number);
}

void printer_signed(struct printer *printer, const char *key, int64_t number)
{
    printer_key(printer, key);
    text_append_signed(printer->text, number);
}

void printer_flag(struct printer *printer, const char *key, bool flag)
{
    printer_key(printer, key);
    text_append(printer->text, flag ? "true" : "false");
}

void printer_words(struct printer *printer, const char *key, const struct policy_words *words)
{
    size_t width = 0;
    bool one_line;

    if (!words->present)
        return;
    for (size_t i = 0; i < words->count && width <= LINE_BYTES; i++)
        width += strlen(words->items[i].text) + 4;
    one_line = width <= LINE_BYTES;
    if (!one_line)
        printer_open(printer, key, '[');
    else
        printer_key(printer, key);
    if (one_line)
        text_append_character(printer->text, '[');
    for (size_t i = 0; i < words->count; i++) {
        if (!one_line)
            printer_key(printer, NULL);
        else if (i > 0)
            text_append(printer->text, printer->indent > 0 ? ", " : ",");
        json_append_string(printer->text, words->items[i].text);
    }
    if (!one_line)
        printer_close(printer, ']');
    else
        text_append_character(printer->text, ']');
}

void printer_ranges(struct printer *printer, const char *key, const struct policy_id_range *ranges,
                    size_t count)
{
    printer_key(printer, key);
    text_append_character(printer->text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_append(printer->text, printer->indent > 0 ? ", " : ",");
        if (ranges[i].first == ranges[i].last)
            text_append_unsigned(printer->text, ranges[i].first);
        else
            text_append_format(printer->text, "\"%u-%u\"", ranges[i].first, ranges[i].last);
    }
    text_append_character(printer->text, ']');
}

void printer_count(struct printer *printer, const char *key, uint64_t count)
{
    if (count == UINT64_MAX)
        printer_string(printer, key, "unlimited");
    else
        printer_number(printer, key, count);
}

void printer_size(struct printer *printer, const char *key, uint64_t size)
{
    static const char units[] = "KMGT";
    unsigned int unit = 0;

    if (size == UINT64_MAX || size == 0 || size % 1024 != 0) {
        printer_count(printer, key, size);
        return;
    }
    for (size /= 1024; size % 1024 == 0 && units[unit + 1] != '\0'; size /= 1024)
        unit++;
    printer_key(printer, key);
    text_append_format(printer->text, "\"%llu%c\"", (unsigned long long)size, units[unit]);
}

void printer_duration(struct printer *printer, const char *key, uint64_t seconds)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

    for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
        if (seconds % units[i].seconds == 0) {
            printer_key(printer, key);
            text_append_format(printer->text, "\"%llu%c\"", (unsigned long long)(seconds / units[i].seconds),
                               units[i].unit);
            return;
        }
}

/* Depth was bounded by the reader. */
void printer_tree(struct printer *printer, const char *key, const struct json_value *value)
{
    switch (value->type) {
    case JSON_OBJECT:
        printer_open(printer, key, '{');
        for (size_t i = 0; i < value->object.count; i++)
            printer_tree(printer, value->object.members[i].key, value->object.members[i].value);
        printer_close(printer, '}');
        return;
    case JSON_ARRAY:
        printer_open(printer, key, '[');
        for (size_t i = 0; i < value->array.count; i++)
            printer_tree(printer, NULL, value->array.items[i]);
        printer_close(printer, ']');
        return;
    case JSON_STRING:
        printer_string(printer, key, value->string.bytes);
        return;
    case JSON_BOOLEAN:
        printer_flag(printer, key, value->boolean);
        return;
    case JSON_NUMBER:
        printer_key(printer, key);
        text_append_bytes(printer->text, value->number.text, value->number.length);
        return;
    case JSON_NULL:
        printer_key(printer, key);
        text_append(printer->text, "null");
        return;
    }
}

/* ---- rules ---- */

static bool has_modifiers(const struct policy_rule *rule)
{
    return rule->otherwise != POLICY_OTHERWISE_DEFAULT || rule->audit || rule->note_if_unsupported;
}

void printer_modifiers(struct printer *printer, const struct policy_rule *rule)
{
    if (rule->otherwise != POLICY_OTHERWISE_DEFAULT)
        printer_string(printer, "otherwise",
                       rule->otherwise == POLICY_OTHERWISE_NARROW ? "narrow" : "refuse");
    if (rule->audit)
        printer_string(printer, "mode", "audit");
    if (rule->note_if_unsupported)
        printer_string(printer, "ifUnsupported", "note");
}

const char *printer_begin_rule(struct printer *printer, const char *key, const struct policy_rule *rule)
{
    if (!rule->present)
        return NULL;
    if (!has_modifiers(rule))
        return key;
    printer_open(printer, key, '{');
    return "value";
}

void printer_end_rule(struct printer *printer, const struct policy_rule *rule)
{
    if (!has_modifiers(rule))
        return;
    printer_modifiers(printer, rule);
    printer_close(printer, '}');
}

bool printer_begin_object(struct printer *printer, const char *key, const struct policy_rule *rule)
{
    if (!rule->present)
        return false;
    printer_open(printer, key, '{');
    return true;
}

void printer_end_object(struct printer *printer, const struct policy_rule *rule)
{
    printer_modifiers(printer, rule);
    printer_close(printer, '}');
}

void printer_patterns(struct printer *printer, const char *key, const struct policy_patterns *patterns)
{
    const char *inner = printer_begin_rule(printer, key, &patterns->rule);

    if (inner == NULL)
        return;
    printer_words(printer, inner, &patterns->words);
    printer_end_rule(printer, &patterns->rule);
}
