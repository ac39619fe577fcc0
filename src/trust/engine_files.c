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
#include "trust/tree.h"

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

struct looking {
    int folder; /* that is looked at */
    const char *const *below;
    size_t count;
    struct arena *arena;
};

/* The folder that the copy was made of. */
static bool find_below(const struct looking *looking, const char *path, struct stat *status)
{
    for (size_t i = 0; i < looking->count; i++) {
        struct error error;
        cleanup_fd int folder = store_open(looking->below[i], &error);

        if (folder >= 0 && fstatat(folder, path, status, AT_SYMLINK_NOFOLLOW) == 0)
            return S_ISDIR(status->st_mode);
    }
    return false;
}

/* Of the root, the owner's right to write is the engine's choice: 0555 or 0755. */
static bool is_same_mode(const char *path, mode_t mode, mode_t below)
{
    const mode_t ignored = strcmp(path, ".") == 0 ? S_IWUSR : 0;

    return ((mode ^ below) & 07777 & ~ignored) == 0;
}

static const char *check_rights(const struct looking *looking, const char *path, const struct stat *status)
{
    struct stat below;

    if (S_ISLNK(status->st_mode))
        return NULL;
    if (S_ISDIR(status->st_mode) && find_below(looking, path, &below)) {
        if (status->st_uid != below.st_uid || status->st_gid != below.st_gid)
            return arena_format(looking->arena, "%s belongs to %u:%u, in the image to %u:%u", path,
                                status->st_uid, status->st_gid, below.st_uid, below.st_gid);
        if (!is_same_mode(path, status->st_mode, below.st_mode))
            return arena_format(looking->arena, "%s has the mode %04o, in the image %04o", path,
                                status->st_mode & 07777, below.st_mode & 07777);
        return NULL;
    }
    if (status->st_uid != 0)
        return arena_format(looking->arena, "%s belongs to %u", path, status->st_uid);
    if (S_ISDIR(status->st_mode) && (status->st_mode & S_IWOTH) != 0 && (status->st_mode & S_ISVTX) == 0)
        return arena_format(looking->arena, "%s can be written by everybody", path);
    if ((status->st_mode & S_IWGRP) != 0 && status->st_gid != 0)
        return arena_format(looking->arena, "%s can be written by the group %u", path, status->st_gid);
    return NULL;
}

static const char *check_entry(const struct looking *looking, const char *path, const struct known *known)
{
    struct arena *arena = looking->arena;
    int folder = looking->folder;
    char target[64];
    struct stat status;

    if (fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return arena_format(arena, "%s cannot be looked at", path);
    if ((status.st_mode & S_IFMT) != known->type || (known->type == S_IFREG && status.st_size != 0))
        return arena_format(arena, "%s is not what engines put there", path);
    if (known->target != NULL) {
        ssize_t length = readlinkat(folder, path, target, sizeof(target));

        if (length != (ssize_t)strlen(known->target) || memcmp(target, known->target, (size_t)length) != 0)
            return arena_format(arena, "%s leads elsewhere", path);
    }
    return check_rights(looking, path, &status);
}

/* An opaque folder hides what the image has there, a redirected one shows other files in its place; a list
 * of rights is none that an engine gives. */
static const char *check_marks(int folder, const char *path, struct arena *arena)
{
    static const char *const marks[] = {
        "trusted.overlay.opaque",
        "trusted.overlay.redirect",
        "user.overlay.opaque",
        "user.overlay.redirect",
        /* who may write there */
        "system.posix_acl_access",
        "system.posix_acl_default",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
        if (fgetxattr(folder, marks[i], NULL, 0) >= 0 ||
            (errno != ENODATA && errno != ENOTSUP && errno != EPERM))
            return arena_format(arena, "%s has the mark %s", path, marks[i]);
    return NULL;
}

/* Files that are known to be in a known folder. The table has no deeper one than two. */
static const char *check_folder(const struct looking *looking, const char *path)
{
    struct arena *arena = looking->arena;
    struct error error;
    cleanup_fd int inner = store_open_folder(looking->folder, path, &error);
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
        const char *other =
            known == NULL ? arena_format(arena, "%s is in it", name) : check_entry(looking, name, known);
        if (other == NULL && known->type == S_IFDIR)
            other = check_folder(looking, name);
        if (other != NULL)
            return other;
    }
}

const char *trust_engine_files_only(const char *directory, const char *const *below, size_t count,
                                    struct arena *arena)
{
    struct error error = {0};
    cleanup_fd int folder = store_open(directory, &error);
    const struct looking looking = {folder, below, count, arena};
    const char *other;

    if (folder < 0)
        return arena_string(arena, error.message);
    other = check_entry(&looking, ".", known_entry("."));
    return other != NULL ? other : check_folder(&looking, ".");
}

/* ---- in a merged root ---- */

static const struct known *known_path(const char *path)
{
    return path[0] == '.' && path[1] == '/' ? known_entry(path + 2) : NULL;
}

bool trust_engine_path_is(const char *path)
{
    return known_path(path) != NULL;
}

bool trust_engine_file_is(const char *path, const struct tree_facts *facts)
{
    const struct known *known = known_path(path);

    if (known == NULL || facts->owner != 0 || facts->group != 0 || facts->attribute_count > 0 ||
        facts->shared)
        return false;
    if (known->type == S_IFLNK)
        return facts->kind == 'l' && strcmp(facts->target, known->target) == 0;
    return facts->kind == (known->type == S_IFDIR ? 'd' : 'f') && facts->size == 0 &&
           (facts->mode & (S_ISUID | S_ISGID | S_IWGRP | S_IWOTH)) == 0;
}
