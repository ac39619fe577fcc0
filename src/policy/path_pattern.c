/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See path_pattern.h. */
#include "policy/path_pattern.h"

#include <string.h>
#include "base/memory.h"
#include "base/glob.h"

static const char special[] = "*?[\\";

/* The literal text of the first `length` bytes of a pattern that has no wildcard there. */
static char *unescape(const char *pattern, size_t length, struct arena *arena)
{
    char *text = arena_allocate(arena, length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (pattern[i] == '\\' && i + 1 < length)
            i++;
        text[used++] = pattern[i];
    }
    text[used] = '\0';
    return text;
}

/* `literal` as a pattern that matches it alone, and then `rest`. */
static const char *escape(const char *literal, const char *rest, struct arena *arena)
{
    char *text = arena_allocate(arena, strlen(literal) * 2 + strlen(rest) + 1);
    size_t used = 0;

    for (; *literal != '\0'; literal++) {
        if (strchr(special, *literal) != NULL)
            text[used++] = '\\';
        text[used++] = *literal;
    }
    memcpy(text + used, rest, strlen(rest) + 1);
    return text;
}

/* Bytes before the first wildcard; an escaped character is none. */
static size_t literal_length(const char *pattern)
{
    size_t length = 0;

    while (pattern[length] != '\0' && strchr("*?[", pattern[length]) == NULL)
        length += pattern[length] == '\\' && pattern[length + 1] != '\0' ? 2 : 1;
    return length;
}

/* Where the last component of the first `length` bytes begins with its slash; 0 for those right beneath "/".
 */
static size_t parent_length(const char *pattern, size_t length)
{
    while (length > 0 && pattern[length - 1] != '/')
        length--;
    return length > 0 ? length - 1 : 0;
}

/* Of the pattern's text: what prefix was made of. */
static size_t prefix_length(const struct path_pattern *pattern)
{
    size_t length = literal_length(pattern->text);

    return pattern->whole ? length : parent_length(pattern->text, length);
}

struct path_pattern path_pattern_read(const char *text, struct arena *arena)
{
    size_t length = strlen(text);
    struct path_pattern pattern = {.text = text};

    while (length > 1 && text[length - 1] == '/' && text[length - 2] != '\\')
        length--;
    if (text[length] != '\0')
        pattern.text = arena_copy(arena, text, length);
    if (text[0] != '/' || strncmp(text, "/**", 3) == 0)
        return pattern;
    pattern.whole = literal_length(pattern.text) == length;
    pattern.prefix = unescape(pattern.text, prefix_length(&pattern), arena);
    if (pattern.prefix[0] == '\0')
        pattern.prefix = "/";
    return pattern;
}

const char *path_pattern_above(const struct path_pattern *pattern, struct arena *arena)
{
    size_t length;

    if (pattern->prefix == NULL)
        return NULL;
    length = parent_length(pattern->text, prefix_length(pattern));
    return length > 0 ? unescape(pattern->text, length, arena) : NULL;
}

/* The pattern with its first `length` bytes, which name `path`, as that path really is. */
static void resolve(struct path_pattern *pattern, const char *path, size_t length,
                    const struct policy_observed *observed, struct arena *arena)
{
    const struct policy_path_fact *fact = policy_observed_path(observed, path);

    if (fact == NULL || fact->resolved == NULL || strcmp(fact->resolved, path) == 0)
        return;
    /* "/" in front of "/x" is "/x". */
    pattern->resolved =
        escape(strcmp(fact->resolved, "/") == 0 && pattern->text[length] != '\0' ? "" : fact->resolved,
               pattern->text + length, arena);
}

void path_pattern_resolve_above(struct path_pattern *pattern, const struct policy_observed *observed,
                                struct arena *arena)
{
    const char *above = path_pattern_above(pattern, arena);

    if (above != NULL)
        resolve(pattern, above, parent_length(pattern->text, prefix_length(pattern)), observed, arena);
}

void path_pattern_resolve_whole(struct path_pattern *pattern, const struct policy_observed *observed,
                                struct arena *arena)
{
    if (pattern->prefix != NULL && strcmp(pattern->prefix, "/") != 0)
        resolve(pattern, pattern->prefix, prefix_length(pattern), observed, arena);
}

bool path_pattern_covers(const struct path_pattern *pattern, const char *path)
{
    return glob_covers_path(pattern->text, path) ||
           (pattern->resolved != NULL && glob_covers_path(pattern->resolved, path));
}

bool path_pattern_covers_both(const struct path_pattern *pattern, const char *written, const char *resolved)
{
    return path_pattern_covers(pattern, written) &&
           (resolved == NULL || strcmp(written, resolved) == 0 || path_pattern_covers(pattern, resolved));
}

bool path_pattern_matches(const struct path_pattern *pattern, const char *path)
{
    return glob_matches(pattern->text, path, '/') ||
           (pattern->resolved != NULL && glob_matches(pattern->resolved, path, '/'));
}

bool path_pattern_lies_beneath(const struct path_pattern *pattern, const char *directory)
{
    return pattern->prefix != NULL &&
           (glob_may_match_beneath(pattern->text, directory) ||
            (pattern->resolved != NULL && glob_may_match_beneath(pattern->resolved, directory)));
}
