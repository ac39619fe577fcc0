/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See store_paths.h. */
#include "trust/store_paths.h"

#include "base/memory.h"

bool store_name_is_plain(const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;

    return length > 0 && length <= 255 && name[0] != '.' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") == length;
}

/* The last component before *end, which moves to its slash. */
static const char *component_before(const char *text, const char **end, size_t *length)
{
    const char *start = *end;

    while (start > text && start[-1] != '/')
        start--;
    *length = (size_t)(*end - start);
    *end = start > text ? start - 1 : text;
    return start;
}

bool store_path_match(const char *path, const char *form, struct arena *arena, const char **root,
                      const char *words[STORE_PATH_WORDS_MAX])
{
    size_t wanted = 0, length, form_length;

    if (path == NULL || path[0] != '/')
        return false;
    for (const char *at = form; *at != '\0'; at++)
        wanted += *at == '?';

    const char *end = path + strlen(path), *form_end = form + strlen(form);
    while (form_end > form) {
        const char *expected = component_before(form, &form_end, &form_length);
        if (end == path)
            return false;
        const char *word = component_before(path, &end, &length);
        if (form_length == 1 && *expected == '?') {
            words[--wanted] = arena_copy(arena, word, length);
            if (!store_name_is_plain(words[wanted]))
                return false;
        } else if (length != form_length || memcmp(word, expected, length) != 0) {
            return false;
        }
    }
    *root = end == path ? "/" : arena_copy(arena, path, (size_t)(end - path));
    return true;
}
