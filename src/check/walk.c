/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See walk.h. One folder's names are in memory at a time, and those above it. */
#include "check/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/path.h"
#include "base/text.h"

struct entry {
    const char *name;
    bool is_folder;
};

struct folder {
    struct arena arena;
    struct entry *entries;
    size_t count, capacity;
    bool has_configuration, is_layout;
};

static void free_folder(struct folder *folder)
{
    arena_free(&folder->arena);
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

static void add_entry(struct folder *folder, const char *name, bool is_folder)
{
    if (folder->count == folder->capacity) {
        size_t capacity = folder->capacity * 2 + 32;
        struct entry *entries = arena_array(&folder->arena, capacity, sizeof(*entries));

        if (folder->count > 0)
            memcpy(entries, folder->entries, folder->count * sizeof(*entries));
        folder->entries = entries;
        folder->capacity = capacity;
    }
    folder->entries[folder->count++] =
        (struct entry){.name = arena_string(&folder->arena, name), .is_folder = is_folder};
}

static void look_at(struct folder *folder, int directory, const struct dirent *found)
{
    unsigned char type = found->d_type;
    struct stat status;

    /* Not all file systems say it with the name. */
    if (type == DT_UNKNOWN && fstatat(directory, found->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        type = (unsigned char)IFTODT(status.st_mode);
    if (type == DT_DIR && strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0 &&
        strcmp(found->d_name, ".git") != 0)
        add_entry(folder, found->d_name, true);
    if (type != DT_REG)
        return;
    if (strcmp(found->d_name, "config.json") == 0)
        folder->has_configuration = true;
    if (strcmp(found->d_name, "oci-layout") == 0)
        folder->is_layout = true;
    if (text_ends_with(found->d_name, ".json"))
        add_entry(folder, found->d_name, false);
}

static int compare_entries(const void *one, const void *other)
{
    return strcmp(((const struct entry *)one)->name, ((const struct entry *)other)->name);
}

static int read_folder(const char *path, struct folder *folder, struct error *error)
{
    __attribute__((cleanup(close_directory))) DIR *directory = opendir(path);
    const struct dirent *found;

    if (directory == NULL)
        return error_system(error, errno, "opening the folder %s", path);
    for (errno = 0; (found = readdir(directory)) != NULL; errno = 0)
        look_at(folder, dirfd(directory), found);
    if (errno != 0)
        return error_system(error, errno, "reading the folder %s", path);
    if (folder->count > 1)
        qsort(folder->entries, folder->count, sizeof(*folder->entries), compare_entries);
    return 0;
}

static int walk(const char *path, int depth, const struct check_visitor *visitor, struct error *error)
{
    __attribute__((cleanup(free_folder))) struct folder folder = {0};

    if (depth > CHECK_WALK_DEPTH_MAX)
        return error_set(error, ERROR_LIMIT, "%s: folders in folders, more than %d deep", path,
                         (int)CHECK_WALK_DEPTH_MAX);
    if (read_folder(path, &folder, error) != 0)
        return -1;
    if (folder.is_layout)
        return visitor->visit(visitor->context, path, error);
    for (size_t i = 0; i < folder.count; i++) {
        const struct entry *entry = &folder.entries[i];
        const char *inner =
            strcmp(path, ".") == 0 ? entry->name : host_path_join(&folder.arena, path, entry->name).text;

        if (!entry->is_folder) {
            if (visitor->visit(visitor->context, inner, error) != 0)
                return -1;
        } else if (!(folder.has_configuration && strcmp(entry->name, "rootfs") == 0) &&
                   walk(inner, depth + 1, visitor, error) != 0) {
            return -1;
        }
    }
    return 0;
}

int check_walk(const char *path, const struct check_visitor *visitor, struct error *error)
{
    return walk(path, 0, visitor, error);
}
