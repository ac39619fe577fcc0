/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what an administrator wrote. A file that anybody else could have changed, or put in its place, is
 * refused. */
#include "container/site_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "container/site_path.h"

enum { FILES_MAX = 100000 /* of one folder */ };

int site_file_check_owner(int descriptor, const char *name, struct error *error)
{
    struct stat status;

    if (fstat(descriptor, &status) != 0)
        return error_system(error, errno, "looking at %s", name);
    if (!site_path_is_ours(&status) || (status.st_mode & 022) != 0)
        return error_set(
            error, ERROR_DENIED,
            "%s can be changed by others (owner %u, mode %03o): whoever writes it decides what containers "
            "get; chown root it and chmod go-w",
            name, status.st_uid, status.st_mode & 0777U);
    return 0;
}

/* One that a folder holds needs no walk: the folder's was made. But for a link, which may lead elsewhere. */
static int check_way(int directory, const char *path, const char *name, struct error *error)
{
    struct stat status;

    if (directory != AT_FDCWD &&
        (fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISLNK(status.st_mode)))
        return 0; /* what is gone by now is not opened either */
    return site_path_check(name, error);
}

int site_file_read(int directory, const char *path, const char *name, size_t limit, struct arena *arena,
                   char **bytes, size_t *length, struct error *error)
{
    cleanup_fd int descriptor = openat(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;

    if (descriptor < 0)
        return error_system(error, errno, "opening %s", name);
    if (fstat(descriptor, &status) != 0)
        return error_system(error, errno, "looking at %s", name);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is not a regular file", name);
    if (site_file_check_owner(descriptor, name, error) != 0 || check_way(directory, path, name, error) != 0)
        return -1;
    return descriptor_read_all(descriptor, limit, name, arena, bytes, length, error);
}

int site_folder_list(int directory, const char *name, struct arena *arena, const char ***names, size_t *count,
                     struct error *error)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    const char **list = NULL;
    size_t capacity = 0;

    *count = 0;
    if (stream == NULL) {
        int number = errno;

        descriptor_close(&copy);
        return error_system(error, number, "listing %s", name);
    }
    errno = 0;
    for (const struct dirent *entry = readdir(stream); entry != NULL; errno = 0, entry = readdir(stream)) {
        size_t length = strlen(entry->d_name);

        if (entry->d_name[0] == '.' || length < 6 || strcmp(entry->d_name + length - 5, ".json") != 0)
            continue;
        if (*count == FILES_MAX) {
            closedir(stream);
            return error_set(error, ERROR_LIMIT, "%s holds more than %d files", name, FILES_MAX);
        }
        if (*count == capacity) {
            const char **larger = arena_array(arena, capacity * 2 + 32, sizeof(*larger));

            if (*count > 0)
                memcpy(larger, list, *count * sizeof(*larger));
            list = larger;
            capacity = capacity * 2 + 32;
        }
        list[(*count)++] = arena_string(arena, entry->d_name);
    }
    if (errno != 0) {
        int number = errno;

        closedir(stream);
        return error_system(error, number, "listing %s", name);
    }
    closedir(stream);
    *names = list;
    return 0;
}
