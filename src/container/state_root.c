/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding, making and checking the state root. */
#include "container/state_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "base/memory.h"

#define DEFAULT_ROOT "/run/thwart"

/*
 * Root of a user namespace (rootless Podman runs us so) is not root: /run is not its own. uid_map of the
 * initial namespace maps every id to itself. Only asked when XDG_RUNTIME_DIR offers another place.
 */
static int in_user_namespace(bool *inside, struct error *error)
{
    char map[256];
    char words[3][16] = {{0}};
    size_t word = 0, at = 0;

    if (descriptor_read_file_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0) {
        if (errno == EFBIG) { /* more than a few ranges: not the identity */
            *inside = true;
            return 0;
        }
        return error_system(error, errno, "reading /proc/self/uid_map, to choose the state directory");
    }
    for (const char *c = map; *c != '\0' && word < 3; c++) {
        if (*c == ' ' || *c == '\n') {
            word += at > 0 ? 1 : 0;
            at = 0;
        } else if (at < sizeof(words[0]) - 1) {
            words[word][at++] = *c;
        }
    }
    *inside = strcmp(words[0], "0") != 0 || strcmp(words[1], "0") != 0 || strcmp(words[2], "4294967295") != 0;
    return 0;
}

int state_root_path(const char *given, struct arena *arena, const char **path, struct error *error)
{
    const char *runtime_directory = getenv("XDG_RUNTIME_DIR");
    bool rootless = geteuid() != 0;

    if (given != NULL) {
        if (given[0] == '\0')
            return error_set(error, ERROR_USAGE,
                             "--root is empty: it names the directory of container states");
        if (given[0] == '/') {
            *path = given;
            return 0;
        }
        cleanup_free char *here = getcwd(NULL, 0);
        if (here == NULL)
            return error_system(error, errno, "finding the working directory, for --root %s", given);
        *path = host_path_join(arena, here, given).text;
        return 0;
    }
    if (runtime_directory != NULL && runtime_directory[0] == '\0')
        runtime_directory = NULL;
    if (!rootless && runtime_directory != NULL && in_user_namespace(&rootless, error) != 0)
        return -1;
    if (!rootless) {
        *path = DEFAULT_ROOT;
        return 0;
    }
    if (runtime_directory == NULL)
        return error_set(error, ERROR_UNSUPPORTED,
                         "no place for container states: XDG_RUNTIME_DIR is not set and user %u is not root; "
                         "set it, or give "
                         "--root DIR",
                         (unsigned int)geteuid());
    if (runtime_directory[0] != '/')
        return error_set(error, ERROR_INVALID,
                         "XDG_RUNTIME_DIR \"%s\" is not an absolute path; set it right, or give --root DIR",
                         runtime_directory);
    *path = host_path_join(arena, runtime_directory, "thwart").text;
    return 0;
}

static int check_owner(int directory, const char *path, struct error *error)
{
    struct stat status;

    if (fstat(directory, &status) != 0)
        return error_system(error, errno, "looking at the state directory %s", path);
    if (status.st_uid != geteuid())
        return error_set(error, ERROR_DENIED,
                         "state directory %s belongs to user %u, not to user %u who runs thwart: remove it, "
                         "or give --root DIR",
                         path, (unsigned int)status.st_uid, (unsigned int)geteuid());
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(error, ERROR_DENIED,
                         "state directory %s is writable for others (mode %04o): whoever writes there "
                         "commands thwart; chmod 0700 it",
                         path, (unsigned int)(status.st_mode & 07777));
    return 0;
}

/* mkdir for the leading components too. Those that exist are left as they are. */
static int make_directories(const char *path, struct error *error)
{
    cleanup_free char *copy = strdup(path);

    if (copy == NULL)
        return error_system(error, ENOMEM, "making the state directory %s", path);
    for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        /* The process's umask is 077, and a default ACL cannot add rights to this mode. */
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return error_system(error, errno, "making the state directory %s (at %s)", path, copy);
        if (slash == NULL)
            return 0;
        *slash = '/';
    }
}

static int open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int state_root_open(const char *path, bool make, int *directory, struct error *error)
{
    cleanup_fd int opened = -1;
    char plain[4096];
    size_t length = strlen(path);

    *directory = -1;
    /* A trailing slash would make the kernel follow a symbolic link in spite of O_NOFOLLOW. */
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length >= sizeof(plain))
        return error_set(error, ERROR_LIMIT, "the path of the state directory has more than %zu bytes",
                         sizeof(plain) - 1);
    memcpy(plain, path, length);
    plain[length] = '\0';

    opened = open_directory(plain);
    if (opened < 0 && errno == ENOENT) {
        if (!make)
            return 0;
        if (make_directories(plain, error) != 0)
            return -1;
        opened = open_directory(plain);
    }
    if (opened < 0 && (errno == ELOOP || errno == ENOTDIR))
        return error_set(
            error, ERROR_DENIED,
            "state directory %s is a symbolic link or no directory: remove it, or give --root DIR", plain);
    if (opened < 0)
        return error_system(error, errno, "opening the state directory %s", plain);
    if (check_owner(opened, plain, error) != 0)
        return -1;
    *directory = take_fd(&opened);
    return 0;
}
