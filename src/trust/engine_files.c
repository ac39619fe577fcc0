/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See engine_files.h. Known of moby's initlayer and of libpod; of that only what is empty. */
#include "trust/engine_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "trust/store_files.h"

struct known {
    const char *path;
    mode_t type;
    const char *target; /* of a link */
};

static const struct known known_entries[] = {
    {".", S_IFDIR, NULL},
    {".dockerenv", S_IFREG, NULL},
    {"dev", S_IFDIR, NULL},
    {"dev/console", S_IFREG, NULL},
    {"dev/pts", S_IFDIR, NULL},
    {"dev/shm", S_IFDIR, NULL},
    {"etc", S_IFDIR, NULL},
    {"etc/hostname", S_IFREG, NULL},
    {"etc/hosts", S_IFREG, NULL},
    {"etc/mtab", S_IFLNK, "/proc/mounts"},
    {"etc/resolv.conf", S_IFREG, NULL},
    {"proc", S_IFDIR, NULL},
    {"sys", S_IFDIR, NULL},
};

static const struct known *known_entry(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known_entries); i++)
        if (strcmp(known_entries[i].path, path) == 0)
            return &known_entries[i];
    return NULL;
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

static const char *check_entry(int folder, const char *path, const struct known *known, struct arena *arena)
{
    char target[64];
    struct stat status;

    if (fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return arena_format(arena, "%s cannot be looked at", path);
    if ((status.st_mode & S_IFMT) != known->type || (known->type == S_IFREG && status.st_size != 0))
        return arena_format(arena, "%s is not what engines put there", path);
    if (known->type == S_IFDIR && (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        return arena_format(arena, "%s can be written by everybody", path);
    if (known->target != NULL) {
        ssize_t length = readlinkat(folder, path, target, sizeof(target));

        if (length != (ssize_t)strlen(known->target) || memcmp(target, known->target, (size_t)length) != 0)
            return arena_format(arena, "%s leads elsewhere", path);
    }
    return NULL;
}

/* An opaque folder hides what the image has there, a redirected one shows other files in its place. */
static const char *check_marks(int folder, const char *path, struct arena *arena)
{
    static const char *const marks[] = {
        "trusted.overlay.opaque",
        "trusted.overlay.redirect",
        "user.overlay.opaque",
        "user.overlay.redirect",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
        if (fgetxattr(folder, marks[i], NULL, 0) >= 0 ||
            (errno != ENODATA && errno != ENOTSUP && errno != EPERM))
            return arena_format(arena, "%s has the mark %s", path, marks[i]);
    return NULL;
}

/* Files that are known to be in a known folder. The table has no deeper one than two. */
static const char *check_folder(int folder, const char *path, struct arena *arena)
{
    struct error error;
    cleanup_fd int inner = store_open_folder(folder, path, &error);
    __attribute__((cleanup(close_directory))) DIR *directory = inner >= 0 ? fdopendir(inner) : NULL;

    if (directory == NULL)
        return arena_format(arena, "%s cannot be read", path);

    (void)take_fd(&inner);
    const char *marked = check_marks(dirfd(directory), path, arena);
    if (marked != NULL)
        return marked;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno == 0 ? NULL : arena_format(arena, "%s cannot be read", path);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;

        const char *name = strcmp(path, ".") == 0 ? arena_string(arena, entry->d_name)
                                                  : arena_format(arena, "%s/%s", path, entry->d_name);
        const struct known *known = known_entry(name);
        const char *other = known == NULL ? arena_format(arena, "%s is in it", name)
                                          : check_entry(folder, name, known, arena);
        if (other == NULL && known->type == S_IFDIR)
            other = check_folder(folder, name, arena);
        if (other != NULL)
            return other;
    }
}

const char *trust_engine_files_only(const char *directory, struct arena *arena)
{
    struct error error = {0};
    cleanup_fd int folder = store_open(directory, &error);

    return folder < 0 ? arena_string(arena, error.message) : check_folder(folder, ".", arena);
}
