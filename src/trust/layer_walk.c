/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a layer's directory, and not in its tar (layer_tree.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "trust/layer_attributes.h"

struct walk {
    struct layer_tree *tree;
    char path[TAR_NAME_MAX + 1];
    struct error *error;
};

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

/* The same folder of the nearest layer below that has one (containerd's mkparent copies that). */
static bool is_as_below(const struct layer_tree *tree, const char *path, const struct stat *status)
{
    for (size_t i = tree->number - 1; i > 0; i--) {
        cleanup_fd int below = layer_open(tree->below[i - 1], path, O_PATH);
        struct stat other;

        if (below < 0 && errno == ENOENT)
            continue;
        return below >= 0 && fstat(below, &other) == 0 && S_ISDIR(other.st_mode) &&
               other.st_mode == status->st_mode && other.st_uid == status->st_uid &&
               other.st_gid == status->st_gid;
    }
    return false;
}

/* A folder of which the tar says nothing: root's, and nobody else may write to it. */
static void check_unsigned_folder(struct layer_tree *tree, int folder, const char *path)
{
    struct stat status;

    if (fstat(folder, &status) < 0) {
        layer_tree_differs(tree, TRUST_CHANGED, path, "it cannot be looked at: %s", error_errno_text(errno));
        return;
    }
    /* Engines make it 0755, or less by their umask; the layer's own directory has other modes by some rules,
     * and is seen only where nothing is above it. */
    const bool usual =
        status.st_uid == 0 && status.st_gid == 0 && (status.st_mode & 07777 & ~(mode_t)0755) == 0;
    if (!usual && !is_as_below(tree, path, &status))
        layer_tree_differs(tree, TRUST_CHANGED, path,
                           "mode %04o and owner %u:%u, of which the tar says nothing", status.st_mode & 07777,
                           status.st_uid, status.st_gid);
    layer_attributes_compare(tree, folder, path, NULL, 0);
}

static int walk_folder(struct walk *walk, int *folder, size_t length, size_t depth);

/* What is known of a name, and of what stands there. */
static int walk_entry(struct walk *walk, int folder, const struct dirent *entry, size_t length, size_t depth)
{
    struct layer_tree *tree = walk->tree;
    const struct path_slot *slot = path_set_find(&tree->names, walk->path, length);
    const uint32_t flags = slot != NULL ? slot->flags : 0;

    if ((flags & (LAYER_NAME_SIGNED | LAYER_NAME_PARENT)) == 0) {
        layer_tree_differs(tree, TRUST_ADDED, walk->path, "%s", "");
        return 0;
    }
    /* Any other entry was compared when the tar had it. */
    if ((flags & (LAYER_NAME_FOLDER | LAYER_NAME_PARENT)) == 0 || (flags & LAYER_NAME_WHITEOUT) != 0)
        return 0;

    cleanup_fd int inner = layer_open(folder, entry->d_name, O_RDONLY | O_DIRECTORY);
    if (inner >= 0)
        return walk_folder(walk, &inner, length, depth + 1);
    if ((errno == ENOTDIR || errno == ELOOP) && (flags & LAYER_NAME_SIGNED) != 0)
        return 0; /* told already */
    layer_tree_differs(tree, TRUST_CHANGED, walk->path, "%s",
                       errno == EXDEV                       ? "something is mounted over it"
                       : errno == ENOTDIR || errno == ELOOP ? "it is no directory"
                                                            : "it cannot be read");
    return 0;
}

static int walk_folder(struct walk *walk, int *folder, size_t length, size_t depth)
{
    struct layer_tree *tree = walk->tree;
    const char *path = length > 0 ? walk->path : ".";
    const struct path_slot *slot = path_set_find(&tree->names, path, strlen(path));
    const uint32_t flags = slot != NULL ? slot->flags : 0;

    if (depth == LAYER_TREE_DEPTH_MAX)
        return error_set(walk->error, ERROR_LIMIT, "it has folders more than %d deep", LAYER_TREE_DEPTH_MAX);
    if (length == 0 || (flags & LAYER_NAME_SIGNED) == 0)
        check_unsigned_folder(tree, *folder, path);
    layer_opaque_compare(tree, *folder, path, (flags & LAYER_NAME_OPAQUE) != 0);

    __attribute__((cleanup(close_directory))) DIR *directory = fdopendir(*folder);
    if (directory == NULL)
        return error_system(walk->error, errno, "read the folder %s", path);
    (void)take_fd(folder);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL && errno != 0)
            return error_system(walk->error, errno, "read the folder %s", path);
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;

        size_t name = strlen(entry->d_name), start = length > 0 ? length + 1 : 0;
        if (start + name > TAR_NAME_MAX)
            return error_set(walk->error, ERROR_LIMIT, "it has a path of more than %d bytes", TAR_NAME_MAX);
        if (length > 0)
            walk->path[length] = '/';
        memcpy(walk->path + start, entry->d_name, name + 1);
        if (walk_entry(walk, dirfd(directory), entry, start + name, depth) < 0)
            return -1;
        walk->path[length] = '\0';
    }
    return 0;
}

int layer_tree_walk(struct layer_tree *tree, struct error *error)
{
    struct walk walk = {.tree = tree, .path = "", .error = error};
    cleanup_fd int folder = -1;

    descriptor_close(&tree->file);
    folder = layer_open(tree->folder, ".", O_RDONLY | O_DIRECTORY);
    if (folder < 0)
        return error_system(error, errno, "read its directory");
    return walk_folder(&walk, &folder, 0, 0);
}
