/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making, sweeping and removing homes, by descriptors. */
#include "gpg/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/gpg_messages.h"
#include "base/text.h"

#define TEMPLATE "XXXXXX"

enum { ATTEMPTS = 100, DEPTH_MAX = 4, OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* ---- removing ---- */

static void empty(int directory, unsigned int depth)
{
    cleanup_fd int copy = openat(directory, ".", OPEN_DIRECTORY);
    const struct dirent *entry;
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;

    if (list == NULL)
        return;
    (void)take_fd(&copy);
    while ((entry = readdir(list)) != NULL) {
        cleanup_fd int inner = -1;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            unlinkat(directory, entry->d_name, 0) == 0 || depth == 0)
            continue;
        inner = openat(directory, entry->d_name, OPEN_DIRECTORY);
        if (inner < 0)
            continue;
        empty(inner, depth - 1);
        unlinkat(directory, entry->d_name, AT_REMOVEDIR);
    }
    closedir(list);
}

void home_remove(struct home *home)
{
    if (home->directory >= 0) {
        empty(home->directory, DEPTH_MAX);
        unlinkat(home->parent, home->name, AT_REMOVEDIR);
    }
    descriptor_close(&home->directory);
    descriptor_close(&home->parent);
}

/* Homes that nobody holds. One that is just being made is not locked for a moment: its maker looks whether it
 * is still there afterwards. */
static void sweep(int parent)
{
    cleanup_fd int copy = openat(parent, ".", OPEN_DIRECTORY);
    const struct dirent *entry;
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;

    if (list == NULL)
        return;
    (void)take_fd(&copy);
    while ((entry = readdir(list)) != NULL) {
        cleanup_fd int left = -1;

        if (entry->d_name[0] == '.')
            continue;
        left = openat(parent, entry->d_name, OPEN_DIRECTORY);
        if (left < 0 || flock(left, LOCK_EX | LOCK_NB) != 0)
            continue;
        empty(left, DEPTH_MAX);
        unlinkat(parent, entry->d_name, AT_REMOVEDIR);
    }
    closedir(list);
}

/* ---- making ---- */

static int check_owner(int directory, const char *path, struct error *error)
{
    struct stat status;

    if (fstat(directory, &status) != 0)
        return error_system(error, errno, "looking at %s", path);
    if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & 0022) != 0)
        return error_set(error, ERROR_DENIED, "%s could be changed by others: keys are not unpacked there",
                         path);
    return 0;
}

static int open_parent(const char *directory, struct home *home, struct error *error)
{
    cleanup_fd int above = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    if (above < 0)
        return error_system(error, errno, "opening %s", directory);
    if (check_owner(above, directory, error) != 0)
        return -1;
    if (mkdirat(above, GPG_HOMES, 0700) != 0 && errno != EEXIST)
        return error_system(error, errno, "making %s/" GPG_HOMES, directory);
    home->parent = openat(above, GPG_HOMES, OPEN_DIRECTORY);
    if (home->parent < 0)
        return error_system(error, errno, "opening %s/" GPG_HOMES, directory);
    if (fstat(home->parent, &status) != 0)
        return error_system(error, errno, "looking at %s/" GPG_HOMES, directory);
    if (status.st_uid != geteuid() || (status.st_mode & 0077) != 0)
        return error_set(error, ERROR_DENIED,
                         "%s/" GPG_HOMES " is not ours alone: keys are not unpacked there", directory);
    return 0;
}

/* 1: made and locked; 0: somebody swept it at the same moment. */
static int make_one(struct home *home, struct error *error)
{
    struct stat held, named;

    if (mkdtemp(home->path) == NULL)
        return error_system(error, errno, "making a home for gpg");
    home->directory = openat(home->parent, home->name, OPEN_DIRECTORY);
    if (home->directory < 0 && errno != ENOENT)
        return error_system(error, errno, "opening the home for gpg");
    if (home->directory >= 0 && flock(home->directory, LOCK_EX | LOCK_NB) == 0 &&
        fstat(home->directory, &held) == 0 &&
        fstatat(home->parent, home->name, &named, AT_SYMLINK_NOFOLLOW) == 0 && held.st_ino == named.st_ino)
        return 1;
    descriptor_close(&home->directory);
    return 0;
}

int home_make(const char *directory, struct home *home, struct error *error)
{
    if (open_parent(directory, home, error) != 0)
        return -1;
    sweep(home->parent);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int made;

        if (text_print(home->path, sizeof(home->path), "%s/" GPG_HOMES "/" TEMPLATE, directory) != 0)
            return error_set(error, ERROR_LIMIT, "the path %s is too long", directory);
        home->name = home->path + strlen(home->path) - strlen(TEMPLATE);
        made = make_one(home, error);
        if (made != 0)
            return made < 0 ? -1 : 0;
    }
    return error_set(error, ERROR_LIMIT, "a home for gpg cannot be made: it is swept away each time");
}
