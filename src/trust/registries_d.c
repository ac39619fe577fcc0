/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See registries_d.h. */
#include "trust/registries_d.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/scopes.h"
#include "trust/store_files.h"

enum { FILES_MAX = 256, FILE_BYTES_MAX = 1024 * 1024, SECTIONS_MAX = 4096 };

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Sorted, so that messages are the same each time. */
static int list_files(int folder, const char *path, struct arena *arena, const char **names, size_t *count,
                      struct error *error)
{
    cleanup_fd int again = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    __attribute__((cleanup(close_directory))) DIR *directory = again >= 0 ? fdopendir(again) : NULL;

    if (directory == NULL)
        return error_system(error, errno, "read the folder %s", path);
    (void)take_fd(&again);
    *count = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL && errno != 0)
            return error_system(error, errno, "read the folder %s", path);
        if (entry == NULL)
            break;
        if (!text_ends_with(entry->d_name, ".yaml"))
            continue;
        if (*count == FILES_MAX)
            return error_set(error, ERROR_LIMIT, "%s has more than %d files", path, FILES_MAX);
        names[(*count)++] = arena_string(arena, entry->d_name);
    }
    qsort(names, *count, sizeof(*names), compare_names);
    return 0;
}

static bool same_scope(const struct registries_section *left, const struct registries_section *right)
{
    if (left->scope == NULL || right->scope == NULL)
        return left->scope == right->scope;
    return strcmp(left->scope, right->scope) == 0;
}

static int check_twice(const struct registries_section *sections, size_t before, size_t count,
                       struct error *error)
{
    for (size_t i = before; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (same_scope(&sections[i], &sections[j]))
                return error_set(error, ERROR_INVALID, "%s and %s both have %s%s", sections[j].file,
                                 sections[i].file,
                                 sections[i].scope != NULL ? "the scope " : "default-docker",
                                 sections[i].scope != NULL ? sections[i].scope : "");
    return 0;
}

int registries_d_read(const char *folder, struct arena *arena, struct registries_d *registries,
                      struct error *error)
{
    cleanup_fd int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t count = 0, used = 0;

    *registries = (struct registries_d){0};
    if (directory < 0 && errno == ENOENT)
        return 0;
    if (directory < 0)
        return error_system(error, errno, "open %s", folder);

    struct registries_section *sections = arena_array(arena, SECTIONS_MAX, sizeof(*sections));
    const char **names = arena_array(arena, FILES_MAX, sizeof(*names));
    if (list_files(directory, folder, arena, names, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *name = arena_format(arena, "%s/%s", folder, names[i]);
        struct store_file file;
        size_t before = used;
        int found = store_read(directory, names[i], FILE_BYTES_MAX, arena, &file, error);

        if (found < 0)
            return error_prefix(error, "%s", folder);
        /* Gone since it was listed. */
        if (found == 0)
            continue;
        if (registries_yaml_parse(file.bytes, file.length, name, arena, sections, SECTIONS_MAX, &used,
                                  error) < 0 ||
            check_twice(sections, before, used, error) < 0)
            return -1;
    }
    registries->sections = sections;
    registries->count = used;
    return 0;
}

static const char *url_of(const struct registries_d *registries, const char *scope)
{
    const struct registries_section wanted = {.scope = scope};

    for (size_t i = 0; i < registries->count; i++)
        if (same_scope(&registries->sections[i], &wanted))
            return registries->sections[i].url;
    return NULL;
}

const char *registries_d_url(const struct registries_d *registries, const struct trust_reference *image,
                             struct arena *arena, const char **scope)
{
    size_t count;
    const char *const *scopes = trust_scopes_of(image, arena, &count);

    for (size_t i = 0; i < count; i++) {
        const char *url = url_of(registries, scopes[i]);

        if (url != NULL) {
            *scope = scopes[i];
            return url;
        }
    }
    *scope = "default-docker";
    return url_of(registries, NULL);
}
