/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See scopes.h. */
#include "trust/scopes.h"

#include "base/memory.h"

const char *const *trust_scopes_of(const struct trust_reference *image, struct arena *arena, size_t *count)
{
    size_t room = 4, used = 0;

    for (const char *at = image->repository; *at != '\0'; at++)
        room += *at == '/' || *at == '.';

    const char **scopes = arena_array(arena, room, sizeof(*scopes));
    if (image->tag != NULL)
        scopes[used++] = arena_format(arena, "%s:%s", image->repository, image->tag);
    if (image->digest != NULL)
        scopes[used++] = arena_format(arena, "%s@%s", image->repository, image->digest);

    char *name = arena_string(arena, image->repository), *slash;
    scopes[used++] = name;
    while ((slash = strrchr(name, '/')) != NULL) {
        name = arena_copy(arena, name, (size_t)(slash - name));
        scopes[used++] = name;
    }

    const char *host = arena_copy(arena, name, strcspn(name, ":"));
    for (const char *dot = strchr(host, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        scopes[used++] = arena_format(arena, "*%s", dot);
    *count = used;
    return scopes;
}
