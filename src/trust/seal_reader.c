/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a list. Fields are taken apart, what they say is judged, and then it is written anew: a line that
 * is not the same bytes then is refused. So there is no second spelling of anything.
 */
#include "trust/seal_list.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"

enum { SHOWN = 80, NAME_BYTES_MAX = 255, ATTRIBUTES_MAX = 4096, LINE_MAX_BYTES = 64 * 1024 * 1024 };

struct cursor {
    const char *at, *end; /* of the line, without its newline */
    char *room;           /* where decoded bytes go */
};

static int broken(const struct seal_reader *reader, struct error *error, const char *what)
{
    return error_set(error, ERROR_INVALID, "the list of files, line %llu: %s",
                     (unsigned long long)reader->line, what);
}

/* ---- fields ---- */

static bool take_word(struct cursor *cursor, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

static bool take_number(struct cursor *cursor, uint64_t maximum, char stop, uint64_t *value)
{
    const char *begin = cursor->at;

    *value = 0;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
        uint64_t digit = (uint64_t)(*cursor->at - '0');

        if (*value > (maximum - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return cursor->at > begin && cursor->at < cursor->end && *cursor->at++ == stop;
}

static bool take_number32(struct cursor *cursor, char stop, uint32_t *value)
{
    uint64_t number;

    if (!take_number(cursor, UINT32_MAX, stop, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

static bool take_mode(struct cursor *cursor, uint32_t *mode)
{
    *mode = 0;
    for (int i = 0; i < 4; i++, cursor->at++) {
        if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '7')
            return false;
        *mode = *mode << 3 | (uint32_t)(*cursor->at - '0');
    }
    return take_word(cursor, " ");
}

/* Digits in upper case are seen when the line is written anew. */
static bool take_digest(struct cursor *cursor, struct digest *digest)
{
    if (cursor->end - cursor->at < 2 * DIGEST_BYTES)
        return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = number_hex_digit(cursor->at[2 * i]), low = number_hex_digit(cursor->at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        digest->bytes[i] = (uint8_t)(high << 4 | low);
    }
    cursor->at += (ptrdiff_t)2 * DIGEST_BYTES;
    return take_word(cursor, " ");
}

/* A name up to a stop (or the end); escapes decoded, NUL-terminated. NULL: a broken escape, or one of NUL. */
static bool take_name(struct cursor *cursor, char stop, struct tree_path *name)
{
    char *out = cursor->room;

    while (cursor->at < cursor->end && *cursor->at != stop) {
        unsigned int byte = (unsigned char)*cursor->at++;

        if (byte == '\\') {
            if (cursor->end - cursor->at < 3)
                return false;
            byte = 0;
            for (int i = 0; i < 3; i++, cursor->at++) {
                if (*cursor->at < '0' || *cursor->at > '7')
                    return false;
                byte = byte << 3 | (unsigned int)(*cursor->at - '0');
            }
            if (byte > 255)
                return false;
        }
        if (byte == 0)
            return false;
        *out++ = (char)byte;
    }
    *name = (struct tree_path){cursor->room, (size_t)(out - cursor->room)};
    *out++ = '\0';
    cursor->room = out;
    return name->length > 0;
}

/* Line ends in it are seen when the line is written anew. */
static bool take_base64(struct cursor *cursor, const void **bytes, size_t *length)
{
    const char *end = memchr(cursor->at, ' ', (size_t)(cursor->end - cursor->at));

    if (end == NULL || !base64_decode_into(cursor->at, (size_t)(end - cursor->at), cursor->room, length))
        return false;
    *bytes = cursor->room;
    cursor->room += *length;
    cursor->at = end;
    return take_word(cursor, " ");
}

static bool take_attributes(struct seal_reader *reader, struct cursor *cursor)
{
    struct seal_entry *entry = &reader->entry;

    while (take_word(cursor, "xattr.")) {
        struct tree_attribute attribute;
        struct tree_path name;

        if (entry->attribute_count == ATTRIBUTES_MAX || !take_name(cursor, '=', &name) ||
            name.length > NAME_BYTES_MAX || !take_word(cursor, "="))
            return false;
        attribute.name = name.bytes;
        if (!take_base64(cursor, &attribute.bytes, &attribute.length) ||
            seal_attribute_is_of_overlay(attribute.name) ||
            (entry->attribute_count > 0 &&
             strcmp(reader->attributes[entry->attribute_count - 1].name, attribute.name) >= 0))
            return false;
        if (entry->attribute_count == reader->attribute_capacity) {
            size_t capacity = 2 * reader->attribute_capacity + 8;
            void *grown = reallocarray(reader->attributes, capacity, sizeof(attribute));

            if (grown == NULL)
                return false;
            reader->attributes = grown;
            reader->attribute_capacity = capacity;
        }
        reader->attributes[entry->attribute_count++] = attribute;
    }
    entry->attributes = reader->attributes;
    return true;
}

static bool take_status(struct cursor *cursor, struct seal_entry *entry)
{
    if (!take_mode(cursor, &entry->mode) || !take_number32(cursor, ' ', &entry->owner) ||
        !take_number32(cursor, ' ', &entry->group))
        return false;
    switch (entry->kind) {
    case 'f':
        if (!take_number(cursor, INT64_MAX, ' ', &entry->size) || !take_digest(cursor, &entry->contents) ||
            !take_word(cursor, "verity=") || !take_digest(cursor, &entry->verity))
            return false;
        entry->executable = take_word(cursor, "exec ");
        return entry->executable == ((entry->mode & 0111) != 0);
    case 'b':
    case 'c':
        return take_number32(cursor, ':', &entry->major) && take_number32(cursor, ' ', &entry->minor) &&
               take_word(cursor, "- ");
    default:
        return take_word(cursor, "- - ");
    }
}

/* "." or "./a/b": no empty names, none that leads elsewhere. */
static bool is_path(const struct tree_path *path)
{
    const char *at = path->bytes + 1;

    if (path->bytes[0] != '.' || path->length > TREE_PATH_MAX)
        return false;
    while (*at != '\0') {
        const char *name = at + 1;
        size_t length;

        if (*at != '/')
            return false;
        at = strchrnul(name, '/');
        length = (size_t)(at - name);
        if (length == 0 || length > NAME_BYTES_MAX || (length == 1 && name[0] == '.') ||
            (length == 2 && name[0] == '.' && name[1] == '.'))
            return false;
    }
    return true;
}

static bool take_entry(struct seal_reader *reader, struct cursor *cursor)
{
    struct seal_entry *entry = &reader->entry;

    *entry = (struct seal_entry){0};
    if (cursor->end - cursor->at < 2 || memchr("dflcbpsh", cursor->at[0], 8) == NULL)
        return false;
    entry->kind = *cursor->at++;
    if (!take_word(cursor, " "))
        return false;
    if (entry->kind == 'h' ? !take_word(cursor, "- - - - - ") : !take_status(cursor, entry))
        return false;
    if ((entry->kind != 'h' && !take_attributes(reader, cursor)) || !take_name(cursor, ' ', &entry->path) ||
        !is_path(&entry->path))
        return false;
    if (entry->kind == 'l')
        return take_word(cursor, " -> ") && take_name(cursor, ' ', &entry->target) &&
               entry->target.length < PATH_MAX && cursor->at == cursor->end;
    if (entry->kind == 'h')
        return take_word(cursor, " => ") && take_name(cursor, ' ', &entry->target) &&
               is_path(&entry->target) && cursor->at == cursor->end;
    return cursor->at == cursor->end;
}

/* ---- lines ---- */

static int parse(struct seal_reader *reader, const char *line, size_t length, struct error *error)
{
    struct cursor cursor = {.at = line, .end = line + length};

    if (length > LINE_MAX_BYTES)
        return broken(reader, error, "it is too long");
    /* What is decoded is never longer; NULs come in place of blanks, and one more. */
    if (length + 2 > reader->room_size) {
        char *grown = realloc(reader->room, 2 * length + 256);

        if (grown == NULL)
            return error_system(error, ENOMEM, "hold a line of the list of files");
        reader->room = grown;
        reader->room_size = 2 * length + 256;
    }
    cursor.room = reader->room;
    if (!take_entry(reader, &cursor))
        return broken(reader, error, "it is none that thwart writes");
    return 0;
}

static int check_spelling(struct seal_reader *reader, const char *line, size_t length, struct error *error)
{
    if (reader->again.bytes == NULL)
        reader->again = text_growing((size_t)8 * LINE_MAX_BYTES);
    text_reset(&reader->again);
    seal_entry_write(&reader->again, &reader->entry);
    if (reader->again.overflow)
        return error_system(error, ENOMEM, "hold a line of the list of files");
    if (reader->again.length != length + 1 || memcmp(reader->again.bytes, line, length) != 0)
        return broken(reader, error, "thwart writes it otherwise");
    return 0;
}

/* Its folder is the entry before, or one that this is in: the order leaves no other place for it. */
static bool has_folder(const struct seal_reader *reader)
{
    const struct tree_path *path = &reader->entry.path;
    size_t folder = (size_t)((const char *)memrchr(path->bytes, '/', path->length) - path->bytes);

    if (folder == reader->previous_length)
        return reader->previous_kind == 'd' && memcmp(path->bytes, reader->previous, folder) == 0;
    return tree_path_is_beneath(reader->previous, reader->previous_length, path->bytes, folder);
}

static int check_place(struct seal_reader *reader, const char *line, struct error *error)
{
    const struct seal_entry *entry = &reader->entry;
    const char *first;

    if (reader->previous_length == 0)
        return entry->path.length == 1 && entry->kind == 'd' && (entry->mode & 0200) != 0
                   ? 0
                   : broken(reader, error, "the first must be the root folder's, d … .");
    if (tree_path_compare(reader->previous, reader->previous_length, entry->path.bytes, entry->path.length) >=
        0)
        return broken(reader, error, "it is out of order, or there twice");
    if (!has_folder(reader))
        return broken(reader, error, "there is no folder that it is in");
    if (entry->kind != 'h')
        return 0;
    first = seal_list_find(reader->list, line, &entry->target);
    if (first == NULL || *first == 'h' || *first == 'd')
        return broken(reader, error, "the file that it is the same as has no line before");
    return 0;
}

static int remember(struct seal_reader *reader, struct error *error)
{
    const struct tree_path *path = &reader->entry.path;

    if (path->length + 1 > reader->previous_size) {
        char *grown = realloc(reader->previous, 2 * path->length + 64);

        if (grown == NULL)
            return error_system(error, ENOMEM, "hold a path of the list of files");
        reader->previous = grown;
        reader->previous_size = 2 * path->length + 64;
    }
    memcpy(reader->previous, path->bytes, path->length + 1);
    reader->previous_length = path->length;
    reader->previous_kind = reader->entry.kind;
    return 0;
}

static int begin(struct seal_reader *reader, struct error *error)
{
    size_t length = strlen(SEAL_FIRST_LINE);

    reader->line = 1;
    if (reader->length < length || memcmp(reader->list, SEAL_FIRST_LINE, length) != 0)
        return broken(reader, error, "it is not \"thwart seal 1\"");
    reader->next = reader->list + length;
    return 0;
}

int seal_reader_next(struct seal_reader *reader, struct error *error)
{
    const char *line, *end;

    if (reader->next == NULL && begin(reader, error) != 0)
        return -1;
    line = reader->next;
    reader->line++;
    if (line == reader->list + reader->length)
        return reader->previous_length > 0 ? 0 : broken(reader, error, "there is no file");
    end = memchr(line, '\n', (size_t)(reader->list + reader->length - line));
    if (end == NULL)
        return broken(reader, error, "it is cut");
    if (parse(reader, line, (size_t)(end - line), error) != 0 ||
        check_spelling(reader, line, (size_t)(end - line), error) != 0 ||
        check_place(reader, line, error) != 0 || remember(reader, error) != 0)
        return -1;
    reader->next = end + 1;
    return 1;
}

int seal_reader_again(struct seal_reader *reader, const char *line, struct error *error)
{
    const char *end = memchr(line, '\n', (size_t)(reader->list + reader->length - line));

    return parse(reader, line, (size_t)(end - line), error);
}

void seal_reader_free(struct seal_reader *reader)
{
    free(reader->room);
    free(reader->attributes);
    free(reader->previous);
    text_free(&reader->again);
    *reader = (struct seal_reader){0};
}

/* ---- finding ---- */

/* The path of a line, which is its last word, but for links. Escaped bytes sort otherwise than plain ones: it
 * is compared byte by byte as it is decoded. */
static int compare_line(const char *line, const struct tree_path *path)
{
    const char *end = strchr(line, '\n'), *at = line;
    size_t index = 0;

    for (int blanks = line[0] == 'f' ? 7 : 6; blanks > 0; blanks--)
        at = strchr(at, ' ') + 1;
    while (at[0] != '.') /* exec, attributes; a path begins with a dot */
        at = strchr(at, ' ') + 1;
    for (; at < end && *at != ' '; index++) {
        unsigned char byte = (unsigned char)*at++, other;

        if (byte == '\\') {
            byte = (unsigned char)((at[0] - '0') << 6 | (at[1] - '0') << 3 | (at[2] - '0'));
            at += 3;
        }
        if (index == path->length)
            return 1;
        other = (unsigned char)path->bytes[index];
        if (byte != other)
            return byte == '/' ? -1 : other == '/' ? 1 : byte < other ? -1 : 1;
    }
    return index < path->length ? -1 : 0;
}

static const char *line_at_or_before(const char *begin, const char *at)
{
    const char *newline = at > begin ? memrchr(begin, '\n', (size_t)(at - begin)) : NULL;

    return newline != NULL ? newline + 1 : begin;
}

const char *seal_list_find(const char *list, const char *end, const struct tree_path *path)
{
    const char *low = list + strlen(SEAL_FIRST_LINE), *high = end; /* lines from low on, before high */

    while (low < high) {
        const char *middle = line_at_or_before(low, low + (high - low) / 2);
        int order = compare_line(middle, path);

        if (order == 0)
            return middle;
        if (order > 0)
            high = middle;
        else
            low = (const char *)memchr(middle, '\n', (size_t)(high - middle)) + 1;
    }
    return NULL;
}
