/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layer_shown.h. Inode numbers: the kernel's Documentation/filesystems/overlayfs.rst, "Inode properties":
 * for what is no directory st_ino is the layer's, except that xino puts the layer's number above it; where
 * all layers are on one file system also that of a directory, of the topmost one that has it. */
#include "trust/layer_shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "base/descriptor.h"
#include "base/memory.h"

/* A folder that is to be compared, and which of the directories have it, topmost first. */
struct place {
    const char *path;
    size_t *members;
    size_t count;
    struct place *next;
};

struct showing {
    int root;
    const struct layer_stack *stack;
    bool one_device;
    struct arena scratch;
    struct arena *arena; /* of the words */
    struct place *first, **end;
    /* Of the place that is being looked at. */
    const struct place *place;
    int shown;
    int *folders; /* of its members */
};

static bool is_inode(uint64_t shown, uint64_t inode)
{
    const uint64_t below_xino = (UINT64_C(1) << 48) - 1;

    return shown == inode || (inode <= below_xino && (shown & below_xino) == inode);
}

static bool is_opaque(int parent, const char *name)
{
    cleanup_fd int folder = layer_open(parent, name, O_RDONLY | O_DIRECTORY);

    return folder >= 0 && (fgetxattr(folder, "trusted.overlay.opaque", NULL, 0) >= 0 ||
                           fgetxattr(folder, "user.overlay.opaque", NULL, 0) >= 0);
}

static bool is_whiteout(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == 0;
}

static const char *path_of(const struct showing *showing, const char *name, struct arena *arena)
{
    const char *path = showing->place->path;

    return strcmp(path, ".") == 0 ? arena_string(arena, name) : arena_format(arena, "%s/%s", path, name);
}

static const char *differs(const struct showing *showing, const char *name)
{
    return arena_format(showing->arena,
                        "the root does not show /%s as it was read: a layer's directory is another than the "
                        "one that is mounted",
                        *name != '\0'                            ? path_of(showing, name, showing->arena)
                        : strcmp(showing->place->path, ".") == 0 ? ""
                                                                 : showing->place->path);
}

/* ---- one name ---- */

/* The topmost member that has it. place->count: none. */
static size_t holder_of(const struct showing *showing, const char *name, struct stat *status)
{
    size_t i = 0;

    while (i < showing->place->count && fstatat(showing->folders[i], name, status, AT_SYMLINK_NOFOLLOW) != 0)
        i++;
    return i;
}

/* Folders are merged down to the first that is opaque, or is none. */
static void add_place(struct showing *showing, const char *name, size_t holder)
{
    const struct place *parent = showing->place;
    struct place *place = arena_allocate(&showing->scratch, sizeof(*place));

    *place = (struct place){.path = path_of(showing, name, &showing->scratch),
                            .members = arena_array(&showing->scratch, parent->count, sizeof(size_t))};
    for (size_t i = holder; i < parent->count; i++) {
        struct stat status;

        if (fstatat(showing->folders[i], name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (!S_ISDIR(status.st_mode))
            break;
        place->members[place->count++] = parent->members[i];
        if (is_opaque(showing->folders[i], name))
            break;
    }
    *showing->end = place;
    showing->end = &place->next;
}

/* A name of a member's. */
static const char *compare_name(struct showing *showing, size_t member, const char *name)
{
    struct stat own, shown;
    bool is_shown;

    if (holder_of(showing, name, &own) != member)
        return NULL; /* a higher one has it: looked at there */
    is_shown = fstatat(showing->shown, name, &shown, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_whiteout(&own))
        return is_shown ? differs(showing, name) : NULL;
    if (!is_shown || (shown.st_mode & S_IFMT) != (own.st_mode & S_IFMT))
        return differs(showing, name);
    if (S_ISDIR(own.st_mode))
        add_place(showing, name, member);
    else if (showing->place->members[member] >= showing->stack->over && !is_inode(shown.st_ino, own.st_ino))
        return differs(showing, name);
    return NULL;
}

/* A name of the mount's. */
static const char *find_name(struct showing *showing, size_t ignored, const char *name)
{
    struct stat own;

    (void)ignored;
    return holder_of(showing, name, &own) == showing->place->count || is_whiteout(&own)
               ? differs(showing, name)
               : NULL;
}

/* ---- one folder ---- */

static const char *each_name(struct showing *showing, int folder, size_t member,
                             const char *(*visit)(struct showing *showing, size_t member, const char *name))
{
    cleanup_fd int again = layer_open(folder, ".", O_RDONLY | O_DIRECTORY);
    DIR *directory = again >= 0 ? fdopendir(again) : NULL;
    const char *reason = NULL;

    if (directory == NULL)
        return arena_format(showing->arena, "/%s cannot be read: %s", showing->place->path,
                            error_errno_text(errno));
    (void)take_fd(&again);
    while (reason == NULL) {
        errno = 0;
        const struct dirent *entry = readdir(directory);

        if (entry == NULL && errno != 0)
            reason = arena_format(showing->arena, "/%s cannot be read: %s", showing->place->path,
                                  error_errno_text(errno));
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            reason = visit(showing, member, entry->d_name);
    }
    closedir(directory);
    return reason;
}

/* *whole: with all that is in it. */
static const char *compare_folder(const struct showing *showing, bool *whole)
{
    const struct place *place = showing->place;
    struct stat own, shown;

    *whole = false;
    if (fstat(showing->folders[0], &own) != 0 || fstat(showing->shown, &shown) != 0)
        return differs(showing, "");
    if (place->members[0] >= showing->stack->over && showing->one_device &&
        is_inode(shown.st_ino, own.st_ino)) {
        *whole = place->count == 1;
        return NULL;
    }
    /* Another folder with the same names of the same files. Owners are others where layers are mounted with
     * other ids, but numbers are the same there. */
    if ((own.st_mode & 07777) != (shown.st_mode & 07777) ||
        (showing->one_device && (own.st_uid != shown.st_uid || own.st_gid != shown.st_gid)))
        return differs(showing, "");
    return NULL;
}

static const char *compare_place(struct showing *showing)
{
    bool whole;
    const char *reason = compare_folder(showing, &whole);

    if (reason != NULL || whole)
        return reason;
    reason = each_name(showing, showing->shown, 0, find_name);
    for (size_t i = 0; i < showing->place->count && reason == NULL; i++)
        reason = each_name(showing, showing->folders[i], i, compare_name);
    return reason;
}

static const char *look_at_place(struct showing *showing)
{
    const struct place *place = showing->place;
    const char *reason = NULL;
    size_t opened = 0;

    showing->folders = calloc(place->count, sizeof(*showing->folders));
    showing->shown = layer_open(showing->root, place->path, O_RDONLY | O_DIRECTORY);
    if (showing->folders == NULL || showing->shown < 0)
        reason = differs(showing, "");
    while (reason == NULL && opened < place->count) {
        int folder = layer_open(showing->stack->directories[place->members[opened]], place->path,
                                O_RDONLY | O_DIRECTORY);

        if (folder < 0)
            reason = arena_format(showing->arena, "/%s cannot be opened: %s", place->path,
                                  error_errno_text(errno));
        else
            showing->folders[opened++] = folder;
    }
    if (reason == NULL)
        reason = compare_place(showing);
    for (size_t i = 0; i < opened; i++)
        descriptor_close(&showing->folders[i]);
    free(showing->folders);
    descriptor_close(&showing->shown);
    return reason;
}

/* ---- all ---- */

static bool is_one_device(const struct layer_stack *stack)
{
    struct stat first, other;

    for (size_t i = 0; i < stack->count; i++)
        if (fstat(stack->directories[i], i == 0 ? &first : &other) != 0 ||
            (i > 0 && other.st_dev != first.st_dev))
            return false;
    return true;
}

const char *layers_are_shown(int root, const struct layer_stack *stack, struct arena *arena)
{
    struct showing showing = {
        .root = root, .stack = stack, .one_device = is_one_device(stack), .arena = arena, .shown = -1};
    struct place top = {.path = "."};
    const char *reason = NULL;

    if (stack->count == 0)
        return NULL;
    top.members = arena_array(&showing.scratch, stack->count, sizeof(size_t));
    for (size_t i = 0; i < stack->count; i++)
        top.members[top.count++] = i;
    showing.first = &top;
    showing.end = &top.next;
    for (showing.place = &top; showing.place != NULL && reason == NULL; showing.place = showing.place->next)
        reason = look_at_place(&showing);
    arena_free(&showing.scratch);
    return reason;
}
