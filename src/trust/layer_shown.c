/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layer_shown.h. Inode numbers: the kernel's Documentation/filesystems/overlayfs.rst, "Inode properties":
 * for what is no directory st_ino is the layer's, except that xino puts the layer's number above it. */
#include "trust/layer_shown.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "base/descriptor.h"
#include "base/memory.h"

static bool is_inode(uint64_t shown, uint64_t inode)
{
    const uint64_t below_xino = (UINT64_C(1) << 48) - 1;

    return shown == inode || (inode <= below_xino && (shown & below_xino) == inode);
}

static bool is_opaque(int folder)
{
    return fgetxattr(folder, "trusted.overlay.opaque", NULL, 0) >= 0 ||
           fgetxattr(folder, "user.overlay.opaque", NULL, 0) >= 0;
}

/* Does a layer above have something at the path, or above it what hides it? */
static bool hides(int layer, const char *path)
{
    char above[TAR_NAME_MAX + 1];
    size_t length = strlen(path);

    memcpy(above, path, length + 1);
    for (;;) {
        cleanup_fd int file = layer_open(layer, above, O_PATH);
        struct stat status;

        if (file >= 0) {
            if (strcmp(above, path) == 0 || fstat(file, &status) < 0 || !S_ISDIR(status.st_mode))
                return true;
            cleanup_fd int folder = layer_open(layer, above, O_RDONLY | O_DIRECTORY);
            if (folder >= 0 && is_opaque(folder))
                return true;
        }
        char *slash = strrchr(above, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
}

const char *layer_is_shown(int root, const struct layer_tree *tree, const int *folders, size_t count,
                           const int *over, size_t over_count, struct arena *arena)
{
    for (size_t i = 0; i < tree->sample_count; i++) {
        const struct layer_sample *sample = &tree->samples[i];
        cleanup_fd int file = layer_open(root, sample->path, O_PATH);
        bool hidden = false;
        struct stat shown;

        if (file >= 0 && fstat(file, &shown) == 0 && is_inode(shown.st_ino, sample->inode))
            continue;
        for (size_t j = 0; j < over_count && !hidden; j++)
            hidden = hides(over[j], sample->path);
        for (size_t above = tree->number; above < count && !hidden; above++)
            hidden = hides(folders[above], sample->path);
        if (!hidden)
            return arena_format(arena,
                                "the root does not show /%s of layer %zu: its directory is another than the "
                                "one that is mounted",
                                sample->path, tree->number);
    }
    return NULL;
}
