/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See records.h. */
#include "trust/records.h"

#include <string.h>
#include "base/memory.h"

enum { DEPTH_MAX = 64, ID_PREFIX = 4 };

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* at: behind the opening quote. Behind the closing one; NULL: there is none. */
static const char *skip_string(const char *at, const char *end)
{
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at)), *behind = quote;

        if (quote == NULL)
            return NULL;
        while (behind > at && behind[-1] == '\\')
            behind--;
        /* An odd number of backslashes: it is one of the string's own. */
        if ((quote - behind) % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
}

/* at: an opening bracket. Behind its closing one. */
static const char *skip_value(const char *at, const char *end)
{
    unsigned int depth = 0;

    while (at != NULL && at < end) {
        char character = *at++;

        if (character == '"')
            at = skip_string(at, end);
        else if (character == '{' || character == '[')
            depth++;
        else if (character == '}' || character == ']')
            depth--;
        if (depth == 0)
            return at;
        if (depth > DEPTH_MAX)
            return NULL;
    }
    return NULL;
}

static int no_list(const struct records *records, struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s is no list of records", records->name);
}

int records_open(int folder, const char *path, struct arena *scratch, struct records *records,
                 struct error *error)
{
    struct store_file file;
    int found = store_read(folder, path, STORE_INDEX_BYTES_MAX, scratch, &file, error);

    if (found <= 0)
        return found;
    *records = (struct records){.name = arena_string(scratch, path),
                                .next = file.bytes,
                                .end = file.bytes + file.length,
                                .scratch = scratch};
    records->next = skip_blanks(records->next, records->end);
    if (records->end - records->next >= 4 && memcmp(records->next, "null", 4) == 0 &&
        skip_blanks(records->next + 4, records->end) == records->end)
        return 0;
    if (records->next == records->end || *records->next != '[')
        return no_list(records, error);
    records->next++;
    return 1;
}

/* The bytes of the next one. 1, 0 at the list's end, -1. */
static int take(struct records *records, const char **begin, size_t *length, struct error *error)
{
    const char *at = skip_blanks(records->next, records->end), *behind;

    if (at < records->end && *at == ']' && skip_blanks(at + 1, records->end) == records->end)
        return 0;
    if (at == records->end || *at != '{' || (behind = skip_value(at, records->end)) == NULL)
        return no_list(records, error);
    *begin = at;
    *length = (size_t)(behind - at);
    at = skip_blanks(behind, records->end);
    if (at < records->end && *at == ',') {
        at = skip_blanks(at + 1, records->end);
        if (at == records->end || *at != '{')
            return no_list(records, error);
    } else if (at == records->end || *at != ']') {
        return no_list(records, error);
    }
    records->next = at;
    return 1;
}

int records_next(struct records *records, records_filter *filter, const void *context,
                 const struct json_value **record, struct error *error)
{
    struct json_value *root;
    const char *begin = NULL;
    size_t length = 0;
    int found;

    do {
        found = take(records, &begin, &length, error);
        if (found <= 0)
            return found;
    } while (!filter(begin, length, context));
    if (json_read(begin, length, records->name, NULL, records->scratch, &root, error) < 0)
        return -1;
    *record = root;
    return 1;
}

bool records_with_word(const char *record, size_t length, const void *context)
{
    return memmem(record, length, context, strlen(context)) != NULL;
}

/* Where the text of the first member begins, when it is "id" and a string without escapes. */
static const char *plain_id(const char *record, size_t length, size_t *id_length)
{
    const char *end = record + length, *at = skip_blanks(record + 1, end), *quote;

    if (end - at < ID_PREFIX || memcmp(at, "\"id\"", ID_PREFIX) != 0)
        return NULL;
    at = skip_blanks(at + ID_PREFIX, end);
    if (at == end || *at != ':')
        return NULL;
    at = skip_blanks(at + 1, end);
    if (at == end || *at != '"' || (quote = memchr(at + 1, '"', (size_t)(end - at - 1))) == NULL ||
        memchr(at, '\\', (size_t)(quote - at)) != NULL)
        return NULL;
    *id_length = (size_t)(quote - at - 1);
    return at + 1;
}

bool records_with_id(const char *record, size_t length, const void *context)
{
    const struct records_ids *ids = context;
    size_t id_length;
    const char *id = plain_id(record, length, &id_length);

    if (id == NULL)
        return true;
    for (size_t i = 0; i < ids->count; i++) {
        const char *wanted = ids->id(ids->list, i);

        if (wanted != NULL && strlen(wanted) == id_length && memcmp(wanted, id, id_length) == 0)
            return true;
    }
    return false;
}
