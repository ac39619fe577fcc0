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

enum { DEPTH_MAX = 32 };

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
    const struct engine_setting *setting;
    struct arena *arena;
};

/* What the topmost directory below that has the path has there. */
static bool find_below(const struct looking *looking, const char *path, struct stat *status)
{
    for (size_t i = 0; i < looking->setting->below_count; i++) {
        struct error error;
        cleanup_fd int folder = store_open(looking->setting->below[i], &error);

        if (folder >= 0 && fstatat(folder, path, status, AT_SYMLINK_NOFOLLOW) == 0)
            return !(S_ISCHR(status->st_mode) && status->st_rdev == 0); /* a whiteout: nothing */
    }
    return false;
}

/* Of the root, the owner's right to write is the engine's choice: 0555 or 0755. */
static bool is_same_mode(const char *path, mode_t mode, mode_t below)
{
    const mode_t ignored = strcmp(path, ".") == 0 ? S_IWUSR : 0;

    return ((mode ^ below) & 07777 & ~ignored) == 0;
}

/* In a user namespace the copy belongs to whom the image's owner is mapped to; of the kinds of maps there
 * are, only those in one piece are understood. */
static const char *check_copied(const struct looking *looking, const char *path, const struct stat *status,
                                const struct stat *below)
{
    const struct engine_setting *setting = looking->setting;

    if (!S_ISDIR(below->st_mode))
        return arena_format(looking->arena, "%s is no folder in the image", path);
    if (status->st_uid != below->st_uid + setting->user || status->st_gid != below->st_gid + setting->group)
        return arena_format(looking->arena, "%s belongs to %u:%u, in the image to %u:%u", path,
                            status->st_uid, status->st_gid, below->st_uid, below->st_gid);
    if (!is_same_mode(path, status->st_mode, below->st_mode))
        return arena_format(looking->arena, "%s has the mode %04o, in the image %04o", path,
                            status->st_mode & 07777, below->st_mode & 07777);
    return NULL;
}

static const char *check_made(const struct looking *looking, const char *path, const struct stat *status)
{
    const mode_t mode = status->st_mode;

    if (status->st_uid != looking->setting->user)
        return arena_format(looking->arena, "%s belongs to %u", path, status->st_uid);
    if (S_ISDIR(mode) && (mode & S_IWOTH) != 0 && (mode & S_ISVTX) == 0)
        return arena_format(looking->arena, "%s can be written by everybody", path);
    if ((mode & S_IWGRP) != 0 && status->st_gid != looking->setting->group)
        return arena_format(looking->arena, "%s can be written by the group %u", path, status->st_gid);
    return NULL;
}

static const char *check_rights(const struct looking *looking, const char *path, const struct stat *status)
{
    struct stat below;

    if (S_ISLNK(status->st_mode))
        return NULL;
    if (S_ISDIR(status->st_mode) && find_below(looking, path, &below))
        return check_copied(looking, path, status, &below);
    return check_made(looking, path, status);
}

/* Is it where the bundle mounts something, or a folder on the way there? */
static bool is_place(const struct looking *looking, const char *path, mode_t mode)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < looking->setting->mount_count; i++) {
        const char *mount = looking->setting->mounts[i];

        if (mount[0] != '/' || strncmp(mount + 1, path, length) != 0)
            continue;
        if (mount[1 + length] == '\0' || (mount[1 + length] == '/' && S_ISDIR(mode)))
            return true;
    }
    return false;
}

/* What may be there: by the table, or a place to mount on (filled into place). NULL: nothing. */
static const struct known *what_may_be(const struct looking *looking, const char *path, struct known *place)
{
    const struct known *known = known_entry(path);
    struct stat status;

    if (known != NULL || fstatat(looking->folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) || !is_place(looking, path, status.st_mode))
        return known;
    *place = (struct known){path, status.st_mode & S_IFMT, NULL};
    return place;
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

static bool has_mark(int folder, const char *mark)
{
    return fgetxattr(folder, mark, NULL, 0) >= 0 || (errno != ENODATA && errno != ENOTSUP && errno != EPERM);
}

/* An opaque folder hides what the image has there (the kernel marks new folders, which hide nothing), a
 * redirected one shows other files in its place; a list of rights is none that an engine gives. */
static const char *check_marks(const struct looking *looking, int folder, const char *path)
{
    static const char *const opaque[] = {"trusted.overlay.opaque", "user.overlay.opaque"},
                             *const others[] = {"trusted.overlay.redirect", "user.overlay.redirect",
                                                "system.posix_acl_access", "system.posix_acl_default"};
    struct stat below;
    const bool hides = find_below(looking, path, &below);

    for (size_t i = 0; hides && i < ARRAY_LENGTH(opaque); i++)
        if (has_mark(folder, opaque[i]))
            return arena_format(looking->arena, "%s has the mark %s", path, opaque[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        if (has_mark(folder, others[i]))
            return arena_format(looking->arena, "%s has the mark %s", path, others[i]);
    return NULL;
}

static const char *check_folder(const struct looking *looking, const char *path, unsigned int depth);

static const char *check_name(const struct looking *looking, const char *path, unsigned int depth)
{
    struct known place;
    const struct known *known = what_may_be(looking, path, &place);
    const char *other;

    if (known == NULL)
        return arena_format(looking->arena, "%s is in it", path);
    other = check_entry(looking, path, known);
    return other == NULL && known->type == S_IFDIR ? check_folder(looking, path, depth) : other;
}

static const char *check_folder(const struct looking *looking, const char *path, unsigned int depth)
{
    struct arena *arena = looking->arena;
    struct error error;
    cleanup_fd int inner = store_open_folder(looking->folder, path, &error);
    __attribute__((cleanup(close_directory))) DIR *directory = inner >= 0 ? fdopendir(inner) : NULL;

    if (directory == NULL || depth == 0)
        return arena_format(arena, "%s cannot be read", path);

    (void)take_fd(&inner);
    const char *other = check_marks(looking, dirfd(directory), path);
    while (other == NULL) {
        errno = 0;
        const struct dirent *entry = readdir(directory);

        if (entry == NULL)
            return errno == 0 ? NULL : arena_format(arena, "%s cannot be read", path);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        other = check_name(looking,
                           strcmp(path, ".") == 0 ? arena_string(arena, entry->d_name)
                                                  : arena_format(arena, "%s/%s", path, entry->d_name),
                           depth - 1);
    }
    return other;
}

const char *trust_engine_files_only(const char *directory, const struct engine_setting *setting,
                                    struct arena *arena)
{
    struct error error = {0};
    cleanup_fd int folder = store_open(directory, &error);
    const struct looking looking = {folder, setting, arena};
    const char *other;

    if (folder < 0)
        return arena_string(arena, error.message);
    other = check_entry(&looking, ".", known_entry("."));
    return other != NULL ? other : check_folder(&looking, ".", DEPTH_MAX);
}

const char *trust_engine_directory(const struct trust_root *root, size_t lower, struct arena *arena)
{
    const struct engine_setting setting = {
        .below = &root->lowers[lower],
        .below_count = root->lower_count - lower,
        .mounts = root->mounts,
        .mount_count = root->mount_count,
        .user = root->user,
        .group = root->group,
    };

    return trust_engine_files_only(lower == 0 ? root->upper : root->lowers[lower - 1], &setting, arena);
}

/* ---- in a merged root ---- */

static const struct known *known_path(const char *path)
{
    return path[0] == '.' && path[1] == '/' ? known_entry(path + 2) : NULL;
}

static bool is_mount_place(const char *path, mode_t mode, const struct trust_root *root)
{
    const struct engine_setting setting = {.mounts = root != NULL ? root->mounts : NULL,
                                           .mount_count = root != NULL ? root->mount_count : 0};
    const struct looking looking = {.folder = -1, .setting = &setting};

    return path[0] == '.' && path[1] == '/' && is_place(&looking, path + 2, mode);
}

bool trust_engine_path_is(const char *path, const struct trust_root *root)
{
    return known_path(path) != NULL || is_mount_place(path, S_IFDIR, root);
}

/* The container's root, as the host sees it, or the host's own. */
static bool is_of_root(const struct tree_facts *facts, const struct trust_root *root)
{
    const uint32_t user = root != NULL ? root->user : 0, group = root != NULL ? root->group : 0;

    return (facts->owner == 0 || facts->owner == user) && (facts->group == 0 || facts->group == group);
}

bool trust_engine_file_is(const char *path, const struct tree_facts *facts, const struct trust_root *root)
{
    const struct known *known = known_path(path);
    const mode_t type = facts->kind == 'd' ? S_IFDIR : facts->kind == 'f' ? S_IFREG : S_IFLNK;

    if (!is_of_root(facts, root) || facts->attribute_count > 0 || facts->shared)
        return false;
    if (facts->kind == 'l')
        return known != NULL && known->type == S_IFLNK && strcmp(facts->target, known->target) == 0;
    if (type == S_IFLNK || facts->size != 0 || (facts->mode & (S_ISUID | S_ISGID | S_IWGRP | S_IWOTH)) != 0)
        return false;
    return (known != NULL && known->type == type) || is_mount_place(path, type, root);
}
