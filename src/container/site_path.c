/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See site_path.h. The kernel's walk, made again by hand: what it steps over silently is what is asked about.
 */
#include "container/site_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"

enum { LINKS_MAX = 40 }; /* the kernel's: path_resolution(7) */

struct walk {
    int directory;
    char rest[PATH_MAX], next[PATH_MAX]; /* what is left to walk; room to put a link's target before it */
    bool sticky;                         /* the directory is writable for all, and protects names' owners */
    unsigned int links;
    const char *path; /* as given, for messages */
    struct error *error;
};

/* The host's root as it is seen here: in a user namespace of an ordinary user it is nobody, as is whoever
 * else has no id there. Procfs' own directories are root's always. */
static uid_t root_of_host(void)
{
    struct stat status;

    return stat("/proc/sys", &status) == 0 ? status.st_uid : 0;
}

bool site_path_is_ours(const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == geteuid() || status->st_uid == root_of_host();
}

static int refuse(const struct walk *walk, const char *what, const struct stat *status)
{
    return error_set(walk->error, ERROR_DENIED,
                     "%s: %s on the way to it can be changed by others (owner %u, mode %04o): whoever writes "
                     "there decides what containers get; chown root it and chmod go-w",
                     walk->path, what, status->st_uid, status->st_mode & 07777U);
}

static int enter(struct walk *walk, int directory, const char *name)
{
    struct stat status;

    descriptor_close(&walk->directory);
    walk->directory = directory;
    if (directory < 0 || fstat(directory, &status) != 0)
        return error_system(walk->error, errno, "looking at %s on the way to %s", name, walk->path);
    walk->sticky = (status.st_mode & (S_ISVTX | 022)) > S_ISVTX;
    if (!site_path_is_ours(&status) || ((status.st_mode & 022) != 0 && !walk->sticky))
        return refuse(walk, name, &status);
    return 0;
}

static int enter_root(struct walk *walk)
{
    return enter(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/");
}

static int follow(struct walk *walk, const char *name, const char *behind)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(walk->directory, name, target, sizeof(target) - 1);

    if (length < 0)
        return error_system(walk->error, errno, "looking at the link %s on the way to %s", name, walk->path);
    target[length] = '\0';
    if (++walk->links > LINKS_MAX || text_print(walk->next, sizeof(walk->next), "%s/%s", target, behind) != 0)
        return error_set(walk->error, ERROR_LIMIT, "%s: too many symbolic links, or too long", walk->path);
    memcpy(walk->rest, walk->next, sizeof(walk->rest));
    return target[0] == '/' ? enter_root(walk) : 0;
}

/* The first name of the rest. */
static int step(struct walk *walk)
{
    char name[NAME_MAX + 1];
    const char *begin = walk->rest + strspn(walk->rest, "/"), *behind;
    size_t length = strcspn(begin, "/");
    struct stat status;

    if (length >= sizeof(name))
        return error_system(walk->error, ENAMETOOLONG, "looking at the way to %s", walk->path);
    memcpy(name, begin, length);
    name[length] = '\0';
    behind = begin + length + strspn(begin + length, "/");
    if (length == 0) {
        walk->rest[0] = '\0';
        return 0;
    }
    if (fstatat(walk->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return error_system(walk->error, errno, "looking at %s on the way to %s", name, walk->path);
    if (walk->sticky && !site_path_is_ours(&status))
        return refuse(walk, name, &status);
    if (S_ISLNK(status.st_mode))
        return follow(walk, name, behind);
    if (*behind == '\0') {
        walk->rest[0] = '\0';
        return 0;
    }
    memmove(walk->rest, behind, strlen(behind) + 1);
    return enter(walk, openat(walk->directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name);
}

int site_path_check(const char *path, struct error *error)
{
    struct walk walk = {.directory = -1, .path = path, .error = error};
    char here[PATH_MAX];
    int result;

    if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
        return error_system(error, errno, "finding the working directory, where %s begins", path);
    if (text_print(walk.rest, sizeof(walk.rest), "%s/%s", path[0] != '/' ? here : "", path) != 0)
        return error_set(error, ERROR_LIMIT, "the path %.64s… is too long", path);
    result = enter_root(&walk);
    while (result == 0 && walk.rest[0] != '\0')
        result = step(&walk);
    descriptor_close(&walk.directory);
    return result;
}
