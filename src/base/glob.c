/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns, matched by remembering the last '*' and the last '**': never exponentially. */
#include "base/glob.h"

#include <string.h>

/* One character class after '['. *end: behind its ']', or the pattern's end where it is not closed. */
static bool class_matches(const char *class, char character, const char **end, bool *closed)
{
    bool negated = *class == '!' || *class == '^', found = false;
    const char *at = class + negated, *first = at;

    while (*at != '\0' && (*at != ']' || at == first)) {
        unsigned char low, high;

        if (*at == '\\' && at[1] != '\0')
            at++;
        low = high = (unsigned char)*at++;
        if (*at == '-' && at[1] != ']' && at[1] != '\0') {
            at++;
            if (*at == '\\' && at[1] != '\0')
                at++;
            high = (unsigned char)*at++;
        }
        found |= low <= (unsigned char)character && (unsigned char)character <= high;
    }
    *closed = *at == ']';
    *end = at + *closed;
    return found != negated;
}

/* One pattern element that is no star against one character. *next: the pattern behind it. */
static bool element_matches(const char *pattern, char character, char separator, const char **next)
{
    if (*pattern == '?') {
        *next = pattern + 1;
        return separator == '\0' || character != separator;
    }
    if (*pattern == '[') {
        bool closed;

        return class_matches(pattern + 1, character, next, &closed) &&
               (separator == '\0' || character != separator);
    }
    if (*pattern == '\\' && pattern[1] != '\0')
        pattern++;
    *next = pattern + 1;
    return *pattern != '\0' && *pattern == character;
}

struct star {
    const char *pattern, *text; /* where to go on: behind the star, and what it has not swallowed yet */
};

/* The next place where the pattern behind "**" could go on; NULL: none. */
static const char *next_place(const struct star *any, const char *text)
{
    if (*text == '\0')
        return NULL;
    return *any->pattern == '\0' || strchr("*?[\\", *any->pattern) != NULL ? text + 1
                                                                           : strchr(text + 1, *any->pattern);
}

/* beneath: it is enough that the pattern ends where a directory above ends. */
static bool matches(const char *pattern, const char *text, char separator, bool beneath)
{
    struct star single = {0}, any = {0};
    const char *start = text;

    for (;;) {
        const char *next;

        if (*pattern == '*') {
            bool is_any = pattern[1] == '*' || separator == '\0';

            while (*pattern == '*')
                pattern++;
            if (is_any) {
                any = (struct star){pattern, text};
                single = (struct star){0};
            } else {
                single = (struct star){pattern, text};
            }
            continue;
        }
        if (*pattern == '\0' &&
            (*text == '\0' || (beneath && text > start && (*text == '/' || text == start + 1))))
            return true;
        if (*text != '\0' && *pattern != '\0' && element_matches(pattern, *text, separator, &next)) {
            pattern = next;
            text++;
            continue;
        }
        if (single.pattern != NULL && *single.text != '\0' && *single.text != separator) {
            pattern = single.pattern;
            text = ++single.text;
            continue;
        }
        if (any.pattern == NULL || (text = next_place(&any, any.text)) == NULL)
            return false;
        single = (struct star){0};
        pattern = any.pattern;
        any.text = text;
    }
}

bool glob_matches(const char *pattern, const char *text, char separator)
{
    return matches(pattern, text, separator, false);
}

bool glob_covers_path(const char *pattern, const char *path)
{
    return matches(pattern, path, '/', path[0] == '/');
}

/* The end of the component that starts here: an unescaped '/' outside of a class, or the end. *spans: it has
 * a
 * "**", which goes on into further components. */
static const char *component_end(const char *pattern, bool *spans)
{
    *spans = false;
    while (*pattern != '\0' && *pattern != '/') {
        const char *end = pattern + 1;
        bool closed;

        if (*pattern == '\\' && *end != '\0')
            end++;
        else if (*pattern == '[')
            (void)class_matches(pattern + 1, '\0', &end, &closed);
        else if (*pattern == '*' && *end == '*')
            *spans = true;
        pattern = end;
    }
    return pattern;
}

bool glob_may_match_beneath(const char *pattern, const char *directory)
{
    char element[GLOB_LENGTH_MAX], component[GLOB_LENGTH_MAX];

    for (;;) {
        const char *end;
        size_t length;
        bool spans;

        directory += strspn(directory, "/");
        pattern += strspn(pattern, "/");
        if (*directory == '\0')
            return true;
        if (*pattern == '\0')
            return false;
        end = component_end(pattern, &spans);
        length = strcspn(directory, "/");
        if (spans || length >= sizeof(component) || (size_t)(end - pattern) >= sizeof(element))
            return true;
        memcpy(component, directory, length);
        component[length] = '\0';
        memcpy(element, pattern, (size_t)(end - pattern));
        element[end - pattern] = '\0';
        if (!glob_matches(element, component, '/'))
            return false;
        directory += length;
        pattern = end;
    }
}

int glob_check(const char *pattern, struct error *error)
{
    if (*pattern == '\0')
        return error_set(error, ERROR_INVALID, "an empty pattern matches nothing");
    if (strlen(pattern) >= GLOB_LENGTH_MAX)
        return error_set(error, ERROR_INVALID, "a pattern of more than %d bytes", GLOB_LENGTH_MAX - 1);
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '\\') {
            if (*++at == '\0')
                return error_set(error, ERROR_INVALID, "pattern \"%s\" ends in a backslash", pattern);
        } else if (*at == '[') {
            const char *end;
            bool closed;

            (void)class_matches(at + 1, 'x', &end, &closed);
            if (!closed)
                return error_set(error, ERROR_INVALID, "pattern \"%s\": the class at [ is not closed",
                                 pattern);
            at = end - 1;
        }
    }
    return 0;
}
