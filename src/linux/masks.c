/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See masks.h. Paths are found beneath the root's descriptor, covered by move_mount onto what was found, and
 * the covering mounts are ours: made here or checked by type and number (runc CVE-2025-31133).
 *
 * Speed: a clone that is closed unattached costs the kernel an expedited RCU wait, one that was attached
 * costs none. So nothing is cloned to serve as a pattern only: the first mask is the pattern of the others
 * (clones of attached mounts also work before Linux 6.15, clones of detached ones do not).
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/masks.h"
#include "linux/masks_internal.h"
#include "linux/mount_attributes.h"
#include "linux/mount_new.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_path.h"

/* 1 found, 0 not there, -1 error. ENOTDIR: a part of the path is a file, so the whole names nothing. */
static int find_target(int root, struct container_path path, bool follow, int *found, struct stat *status,
                       struct error *error)
{
    struct error refused = {0};
    if (rootfs_path_find(root, path, follow, found, &refused) < 0) {
        if (refused.system_errno == ENOENT || refused.system_errno == ENOTDIR)
            return 0;
        *error = refused;
        return -1;
    }
    if (fstat(*found, status) < 0)
        return error_system(error, errno, "look at %s in the container", path.text);
    return 1;
}

static int clone_tree(int tree, unsigned int flags, struct error *error)
{
    int clone = open_tree(tree, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
    if (clone < 0)
        error_system(error, errno, "clone the mount");
    return clone;
}

static int is_read_only(int mount, struct error *error)
{
    struct statfs status;
    if (fstatfs(mount, &status) < 0)
        return error_system(error, errno, "read the mount's attributes");
    return ((unsigned long)status.f_flags & ST_RDONLY) != 0;
}

int mask_make_read_only(int target, struct error *error)
{
    /* Recursive: a mount below would stay writable otherwise. Other attributes (nosuid, nodev, …) come along
     * with the clone. */
    cleanup_fd int clone = clone_tree(target, AT_RECURSIVE, error);
    if (clone < 0 || mount_attributes_apply(clone, MOUNT_ATTR_RDONLY, 0, true, NULL, error) < 0)
        return -1;
    if (mount_attach(clone, target, error) < 0)
        return -1;
    int read_only = is_read_only(clone, error);
    if (read_only == 0)
        return error_set(error, ERROR_SYSTEM, "the kernel did not make it read-only");
    return read_only < 0 ? -1 : 0;
}

/*
 * A clone on top of "/" would make nothing read-only, since nobody's root is under it; and "/.." leads into
 * it, past the masks, which are put beneath it (what goes up crosses what is mounted on the root). So the
 * mounts themselves become read-only.
 */
static int make_root_read_only(int root, struct error *error)
{
    return mount_attributes_apply(root, MOUNT_ATTR_RDONLY, 0, true, NULL, error);
}

static int make_read_only(int root, struct container_path path, struct error *error)
{
    cleanup_fd int target = -1;
    struct stat status;
    if (strcmp(path.text, "/") == 0)
        return make_root_read_only(root, error);
    int found = find_target(root, path, true, &target, &status, error);
    return found <= 0 ? found : mask_make_read_only(target, error);
}

int readonly_paths_apply(const struct plan *plan, const struct rootfs *rootfs, struct error *error)
{
    for (size_t i = 0; i < plan->rootfs.readonly_count; i++)
        if (make_read_only(rootfs->root, plan->rootfs.readonly[i], error) < 0)
            return error_prefix(error, "linux/readonlyPaths/%zu (%s)", i, plan->rootfs.readonly[i].text);
    return 0;
}

/* Empty, read-only from its first instant, and too small to hold anything should somebody make it writable.
 */
static int make_empty_directory(struct mask_pattern *pattern, struct error *error)
{
    static const struct plan_option options[] = {
        {"ro", NULL}, {"size", "4096"}, {"nr_inodes", "2"}, {"mode", "0555"}};
    const struct new_filesystem filesystem = {
        .type = "tmpfs",
        .options = options,
        .option_count = ARRAY_LENGTH(options),
        .attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
    };
    return new_filesystem_make(&filesystem, &pattern->mount, error);
}

/* Attach the pattern itself while it is loose, else a clone of it. */
static int cover(struct mask_pattern *pattern, int target, struct error *error)
{
    if (!pattern->attached) {
        if (mount_attach(pattern->mount, target, error) < 0)
            return -1;
        pattern->attached = true;
        return 0;
    }
    cleanup_fd int clone = clone_tree(pattern->mount, 0, error);
    return clone < 0 ? -1 : mount_attach(clone, target, error);
}

int mask_cover(struct mask_patterns *patterns, int target, mode_t mode, struct error *error)
{
    if (!S_ISDIR(mode))
        return cover(&patterns->null_device, target, error);
    if (patterns->empty.mount < 0 && make_empty_directory(&patterns->empty, error) < 0)
        return -1;
    return cover(&patterns->empty, target, error);
}

static int mask(int root, struct container_path path, struct mask_patterns *patterns, struct error *error)
{
    cleanup_fd int target = -1;
    struct stat status;
    int found = find_target(root, path, false, &target, &status, error);
    if (found <= 0)
        return found;
    if (S_ISLNK(status.st_mode))
        return error_set(error, ERROR_SYSTEM,
                         "it is a symbolic link in the container, which cannot be masked");
    return mask_cover(patterns, target, status.st_mode, error);
}

int masked_paths_apply(const struct plan *plan, struct rootfs *rootfs, struct error *error)
{
    /* The container's own node is in an attached mount; the host's was cloned before the pivot and is loose
     * still. */
    struct mask_patterns patterns = {
        .empty = {.mount = -1},
        .null_device = {.mount = rootfs->null_device, .attached = !rootfs->null_is_detached},
    };
    int result = 0;
    for (size_t i = 0; result == 0 && i < plan->rootfs.masked_count; i++) {
        result = mask(rootfs->root, plan->rootfs.masked[i], &patterns, error);
        if (result < 0)
            error_prefix(error, "linux/maskedPaths/%zu (%s)", i, plan->rootfs.masked[i].text);
    }
    if (result == 0 && plan->rootfs.kernel_mask_count > 0)
        result = kernel_masks_apply(plan, rootfs, &patterns, error);
    descriptor_close(&patterns.empty.mount);
    return result;
}
