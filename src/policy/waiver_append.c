/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See waiver_append.h. */
#include "policy/waiver_append.h"

#include <string.h>
#include "policy/waiver.h"

enum { INDENT = 2, LIST_DEPTH = 2 };

/* Past a string or a comment that begins at `at`; else at + 1. The file is known to be well formed. */
static size_t skip(const char *bytes, size_t length, size_t at)
{
    if (bytes[at] == '"') {
        for (at++; at < length && bytes[at] != '"'; at++)
            at += bytes[at] == '\\';
        return at + 1;
    }
    if (bytes[at] == '/' && at + 1 < length && bytes[at + 1] == '/') {
        while (at < length && bytes[at] != '\n')
            at++;
        return at;
    }
    if (bytes[at] == '/' && at + 1 < length && bytes[at + 1] == '*') {
        for (at += 2; at + 1 < length && (bytes[at] != '*' || bytes[at + 1] != '/'); at++)
            ;
        return at + 2;
    }
    return at + 1;
}

/* Where the list of waivers ends: the only list that stands in the outermost object. *last: behind its last
 * item, or behind its bracket when it has none. */
static size_t find_end(const char *bytes, size_t length, size_t *last, bool *empty)
{
    size_t depth = 0, end = 0;
    bool within = false;

    for (size_t at = 0; at < length;) {
        size_t next = skip(bytes, length, at);
        char byte = bytes[at];

        if (byte == '[' || byte == '{')
            depth++;
        if (within && byte == ']' && depth == LIST_DEPTH) {
            within = false;
            end = at;
        }
        if (within && next == at + 1 && byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r' &&
            byte != '/') {
            *last = next;
            *empty = false;
        }
        if (byte == '[' && depth == LIST_DEPTH) {
            within = true;
            *last = next;
            *empty = true;
        }
        if (byte == ']' || byte == '}')
            depth--;
        at = next;
    }
    return end;
}

/* Behind the line that `at` stands in, so that a comment at its end stays with what it is about; at `at` when
 * the list ends in it. */
static size_t end_of_line(const char *bytes, size_t at, size_t end)
{
    for (size_t here = at; here < end;) {
        if (bytes[here] == '\n')
            return here + 1;
        here = skip(bytes, end, here);
    }
    return at;
}

static void indent_lines(struct text *text, const char *lines, size_t depth)
{
    text_append_format(text, "%*s", (int)depth, "");
    for (; *lines != '\0'; lines++) {
        text_append_character(text, *lines);
        if (*lines == '\n')
            text_append_format(text, "%*s", (int)depth, "");
    }
}

static int read_back(const char *bytes, size_t length, const char *name, struct arena *arena, size_t *count,
                     struct error *error)
{
    struct policy_problems problems = {0};
    const struct policy_waiver *waivers;

    return policy_waivers_read(bytes, length, name, arena, &problems, &waivers, count, error);
}

int policy_waiver_append(const char *bytes, size_t length, const char *name,
                         const struct policy_waiver *waiver, struct arena *arena, struct text *text,
                         struct error *error)
{
    static const char fresh[] = "{\n  \"thwart\": 1,\n  \"waivers\": [\n  ]\n}\n";
    cleanup_text struct text object = text_growing(text->maximum);
    size_t before = 0, after, last = 0, end, place;
    bool empty = true;

    if (bytes == NULL) {
        bytes = fresh;
        length = sizeof(fresh) - 1;
    } else if (read_back(bytes, length, name, arena, &before, error) != 0) {
        return -1;
    }
    end = find_end(bytes, length, &last, &empty);
    if (end == 0)
        return error_set(error, ERROR_INVALID, "%s has no list \"waivers\"", name);
    policy_waiver_print(&object, waiver, INDENT);
    while (object.length > 0 && object.bytes[object.length - 1] == '\n')
        object.bytes[--object.length] = '\0';
    text_reset(text);
    place = end_of_line(bytes, last, end);
    text_append_bytes(text, bytes, last);
    text_append(text, empty ? "" : ",");
    text_append_bytes(text, bytes + last, place - last);
    text_append(text, place == last || bytes[place - 1] != '\n' ? "\n" : "");
    indent_lines(text, object.bytes, (size_t)INDENT * LIST_DEPTH);
    text_append(text, place == last ? "\n  " : "\n");
    text_append_bytes(text, bytes + place, length - place);
    if (text_complete(text, name, error) != 0 ||
        read_back(text->bytes, text->length, name, arena, &after, error) != 0)
        return -1;
    if (after != before + 1)
        return error_set(error, ERROR_INVALID, "%s: the waiver could not be put among the %zu that it holds",
                         name, before);
    return 0;
}
