/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words into lines. */
#include "cli/wrap.h"

#include <stdbool.h>
#include <string.h>
#include "base/memory.h"

enum { WRAP_BYTES_MAX = 64 * 1024 * 1024, WRAP_LEAST = 8 };

struct line {
    struct text *text;
    size_t indent, width;
    size_t used; /* characters that stand in the line */
    bool empty;  /* nothing but the indentation stands in it */
};

/* Characters of length bytes that are valid UTF-8. */
static size_t count_characters(const char *bytes, size_t length)
{
    size_t count = 0;

    for (size_t at = 0; at < length; at++)
        count += ((unsigned char)bytes[at] & 0xc0) != 0x80;
    return count;
}

static void new_line(struct line *line)
{
    text_append_character(line->text, '\n');
    for (size_t i = 0; i < line->indent; i++)
        text_append_character(line->text, ' ');
    line->used = line->indent;
    line->empty = true;
}

/* How many bytes of a word that does not fit go into a line of `room` characters: up to the last separator,
 * unless that would waste more than half of the line. */
static size_t break_at(const char *word, size_t length, size_t room)
{
    size_t bytes = 0, separator = 0, separated = 0;

    for (size_t count = 0; bytes < length && count < room; count++) {
        size_t character = text_character_length(word + bytes, length - bytes);

        bytes += character > 0 ? character : 1;
        if (strchr("/,=:@", word[bytes - 1]) != NULL) {
            separator = bytes;
            separated = count + 1;
        }
    }
    return separated * 2 > room ? separator : bytes;
}

static void append_word(struct line *line, const char *word, size_t length)
{
    size_t characters = count_characters(word, length);

    if (!line->empty && line->used + 1 + characters > line->width)
        new_line(line);
    if (!line->empty) {
        text_append_character(line->text, ' ');
        line->used++;
    }
    while (line->used + characters > line->width) {
        size_t part = break_at(word, length, line->width - line->used);

        text_append_bytes(line->text, word, part);
        word += part;
        length -= part;
        characters = count_characters(word, length);
        new_line(line);
    }
    text_append_bytes(line->text, word, length);
    line->used += characters;
    line->empty = false;
}

static void append_line(struct line *line, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t blanks = strspn(bytes + at, " "), word;

        if (blanks > length - at)
            blanks = length - at;
        at += blanks;
        word = strcspn(bytes + at, " ");
        if (word > length - at)
            word = length - at;
        if (word > 0)
            append_word(line, bytes + at, word);
        at += word;
    }
}

void wrap_append(struct text *text, const char *label, const char *value, size_t width)
{
    cleanup_text struct text shown = text_growing(WRAP_BYTES_MAX);
    size_t indent = count_characters(label, strlen(label));
    struct line line = {.text = text, .indent = indent, .width = width, .used = indent, .empty = true};

    if (line.width < indent + WRAP_LEAST)
        line.width = indent + WRAP_LEAST;
    text_append(text, label);
    for (const char *rest = value;;) {
        size_t length = strcspn(rest, "\n");

        text_reset(&shown);
        text_append_escaped(&shown, rest, length);
        append_line(&line, shown.bytes != NULL ? shown.bytes : "", shown.length);
        if (rest[length] == '\0')
            break;
        rest += length + 1;
        new_line(&line);
    }
    text_append_character(text, '\n');
    text->overflow = text->overflow || shown.overflow;
}
