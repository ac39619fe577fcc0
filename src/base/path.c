/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lexical work on paths; whatever follows symlinks lives in linux/. */
#include "base/path.h"

#include <string.h>
#include "base/memory.h"

struct container_path container_path_normalise(struct arena *arena, const char *path)
{
    char *result = arena_allocate(arena, strlen(path) + 2);
    size_t length = 0;

    while (*path != '\0') {
        size_t component;

        path += strspn(path, "/");
        component = strcspn(path, "/");
        if (component == 0)
            break;
        if (component == 2 && path[0] == '.' && path[1] == '.') {
            while (length > 0 && result[--length] != '/')
                ;
        } else if (!(component == 1 && path[0] == '.')) {
            result[length++] = '/';
            memcpy(result + length, path, component);
            length += component;
        }
        path += component;
    }
    if (length == 0)
        result[length++] = '/';
    result[length] = '\0';
    return (struct container_path){.text = result};
}

struct host_path host_path_join(struct arena *arena, const char *base, const char *relative)
{
    size_t length = strlen(base);
    const char *separator = length > 0 && base[length - 1] == '/' ? "" : "/";

    if (relative[0] == '/')
        return (struct host_path){.text = arena_string(arena, relative)};
    if (length == 0)
        separator = "";
    return (struct host_path){.text = arena_format(arena, "%s%s%s", base, separator, relative)};
}

bool path_is_beneath(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);

    if (length > 0 && prefix[length - 1] == '/')
        length--;
    return strncmp(path, prefix, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

bool path_is_downward(const char *path)
{
    while (*path != '\0') {
        const size_t length = strcspn(path, "/");

        if (length == 2 && path[0] == '.' && path[1] == '.')
            return false;
        path += length;
        path += strspn(path, "/");
    }
    return true;
}
