/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, labels, wrapped lists. */
#include "plan/print_lines.h"

#include <stdarg.h>
#include <string.h>

enum { INDENT = 2, LABEL_WIDTH = 16, LINE_WIDTH = 96 };

void print_heading(struct text *text, const char *name)
{
    text_append(text, "\n");
    text_append(text, name);
    text_append(text, "\n");
}

static void append_spaces(struct text *text, size_t count)
{
    while (count-- > 0)
        text_append_character(text, ' ');
}

void print_label(struct text *text, const char *label)
{
    size_t length = strlen(label);

    append_spaces(text, INDENT);
    text_append(text, label);
    append_spaces(text, length < LABEL_WIDTH ? LABEL_WIDTH - length : 1);
}

void print_row(struct text *text, const char *label, const char *format, ...)
{
    va_list arguments;

    print_label(text, label);
    va_start(arguments, format);
    text_append_format_list(text, format, arguments);
    va_end(arguments);
    text_append_character(text, '\n');
}

void print_string(struct text *text, const char *string)
{
    if (string == NULL || string[0] == '\0')
        text_append(text, "\"\"");
    else
        text_append_escaped(text, string, strlen(string));
}

struct print_list print_list_begin(struct text *text, const char *label)
{
    print_label(text, label);
    return (struct print_list){.text = text, .column = INDENT + LABEL_WIDTH, .first = true};
}

void print_list_add(struct print_list *list, const char *string)
{
    size_t before = list->text->length, length;

    if (!list->first) {
        /* The escaped length is known only once it is there: the break is decided by the plain one. */
        if (list->column + strlen(string) + 2 > LINE_WIDTH) {
            text_append(list->text, ",\n");
            append_spaces(list->text, INDENT + LABEL_WIDTH);
            list->column = INDENT + LABEL_WIDTH;
            before = list->text->length;
        } else {
            text_append(list->text, ", ");
        }
    }
    print_string(list->text, string);
    length = list->text->length - before;
    list->column += length;
    list->first = false;
}

void print_list_end(struct print_list *list)
{
    text_append(list->text, list->first ? "none\n" : "\n");
}
