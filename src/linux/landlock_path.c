/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See landlock_path.h. */
#include "linux/landlock_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"

/* As many as the kernel follows in one path (MAXSYMLINKS); directories above one another, so that somebody
 * who moves them meanwhile does not hold us for ever. */
enum { SYMLINKS_MAX = 40, CLIMB_MAX = 4096 };

void landlock_found_close(struct landlock_found *found)
{
    descriptor_close(&found->parent);
    descriptor_close(&found->object);
}

/* ---- finding ---- */

struct walk {
    int directory; /* where we are */
    char rest[2 * PATH_MAX];
    unsigned int symlinks;
    bool (*distrusted)(const void *context, int directory);
    const void *context;
    bool met_distrusted;
};

static int identify(int object, struct statx *status)
{
    return statx(object, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW,
                 STATX_TYPE | STATX_INO | STATX_MNT_ID, status);
}

static int go_to_root(struct walk *walk)
{
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return -1;
    descriptor_close(&walk->directory);
    walk->directory = root;
    return 0;
}

/* The link's text in front of what is left. */
static int follow(struct walk *walk, int link)
{
    char text[2 * PATH_MAX], target[PATH_MAX];
    ssize_t length;

    if (++walk->symlinks > SYMLINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    walk->met_distrusted = walk->met_distrusted ||
                           (walk->distrusted != NULL && walk->distrusted(walk->context, walk->directory));
    length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (text_print(text, sizeof(text), "%s/%s", target, walk->rest) < 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk->rest, text, strlen(text) + 1);
    return target[0] == '/' ? go_to_root(walk) : 0;
}

/* Cut the next component off; false at the end. */
static bool next_component(struct walk *walk, char name[NAME_MAX + 1], int *failure)
{
    const char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");

    *failure = length > NAME_MAX ? ENAMETOOLONG : 0;
    if (length == 0 || *failure != 0)
        return false;
    memcpy(name, start, length);
    name[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return true;
}

static void describe(struct landlock_found *found, const struct statx *status)
{
    found->type = status->stx_mode & S_IFMT;
    found->inode = status->stx_ino;
    found->device_major = status->stx_dev_major;
    found->device_minor = status->stx_dev_minor;
}

static int step(struct walk *walk, const char *name, struct landlock_found *found)
{
    cleanup_fd int object = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct statx status;
    int next;

    if (object < 0 || identify(object, &status) < 0)
        return -1;
    if (S_ISLNK(status.stx_mode))
        return follow(walk, object);
    /* Where this is no directory, the next step fails with ENOTDIR. */
    next = fcntl(object, F_DUPFD_CLOEXEC, 0);
    if (next < 0)
        return -1;
    landlock_found_close(found);
    found->parent = walk->directory;
    found->object = take_fd(&object);
    walk->directory = next;
    memcpy(found->name, name, strlen(name) + 1);
    describe(found, &status);
    return 0;
}

/* A directory is where the walk stands: after a symlink to "/" that is not what was found last. */
static int end(const struct walk *walk, struct landlock_found *found)
{
    struct statx status;

    if (found->object >= 0 && !S_ISDIR(found->type))
        return 0;
    if (identify(walk->directory, &status) < 0)
        return -1;
    descriptor_close(&found->object);
    found->object = fcntl(walk->directory, F_DUPFD_CLOEXEC, 0);
    describe(found, &status);
    return found->object < 0 ? -1 : 0;
}

static int walk_all(struct walk *walk, struct landlock_found *found)
{
    char name[NAME_MAX + 1];
    int failure;

    while (next_component(walk, name, &failure))
        if (step(walk, name, found) < 0)
            return -1;
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    return end(walk, found);
}

int landlock_path_find(const char *path, bool (*distrusted)(const void *context, int directory),
                       const void *context, struct landlock_found *found)
{
    struct walk walk = {.distrusted = distrusted, .context = context};
    int result, number;

    *found = LANDLOCK_NOT_FOUND;
    if (text_print(walk.rest, PATH_MAX, "%s", path) < 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    walk.directory = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (walk.directory < 0)
        return -1;
    result = walk_all(&walk, found);
    number = errno;
    descriptor_close(&walk.directory);
    found->distrusted = walk.met_distrusted;
    if (result < 0)
        landlock_found_close(found);
    errno = number;
    return result;
}

/* ---- climbing ---- */

/* What of access is still missing once this object's rules have spoken. */
static uint64_t take(const struct landlock_places *places, size_t layer, uint64_t access, uint64_t inode,
                     uint32_t device_major, uint32_t device_minor)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct landlock_place *place = &places->items[i];

        if (place->layer == layer && place->inode == inode && place->device_major == device_major &&
            place->device_minor == device_minor)
            access &= ~place->access;
    }
    return access;
}

/* The root is the parent of itself: the same mount, for a directory can be mounted beneath itself. */
static bool is_same(const struct statx *one, const struct statx *other)
{
    return one->stx_ino == other->stx_ino && one->stx_dev_major == other->stx_dev_major &&
           one->stx_dev_minor == other->stx_dev_minor && one->stx_mnt_id == other->stx_mnt_id;
}

static int climb(const struct landlock_places *places, size_t layer, uint64_t access, int from)
{
    cleanup_fd int directory = fcntl(from, F_DUPFD_CLOEXEC, 0);
    struct statx status, above;

    if (directory < 0 || identify(directory, &status) < 0)
        return -1;
    for (int i = 0; i < CLIMB_MAX; i++) {
        int parent;

        access = take(places, layer, access, status.stx_ino, status.stx_dev_major, status.stx_dev_minor);
        if (access == 0)
            return 1;
        parent = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
            return -1;
        descriptor_close(&directory);
        directory = parent;
        if (identify(directory, &above) < 0)
            return -1;
        if (is_same(&above, &status))
            return 0;
        status = above;
    }
    errno = ELOOP;
    return -1;
}

int landlock_path_covered(const struct landlock_places *places, size_t layer, uint64_t access,
                          const struct landlock_found *found)
{
    access = take(places, layer, access, found->inode, found->device_major, found->device_minor);
    if (access == 0)
        return 1;
    return climb(places, layer, access, S_ISDIR(found->type) ? found->object : found->parent);
}

int landlock_directory_covered(const struct landlock_places *places, size_t layer, uint64_t access,
                               int directory)
{
    return climb(places, layer, access, directory);
}
