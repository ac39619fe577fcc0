/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See rootfs.h. The order of the container's file system stands here: straight down, above each step what
 * fixes its place.
 */
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/devices.h"
#include "linux/masks.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"
#include "linux/path_facts.h"
#include "linux/pivot.h"
#include "linux/rootfs.h"
#include "linux/rootfs_internal.h"
#include "linux/rootfs_path.h"

#define FALLBACK_STACKED                                                                                     \
    "rootfs: its path is out of reach in the user namespace, attached on \"/\" until the pivot"

void rootfs_note_fallback(struct rootfs *rootfs, const char *text)
{
    for (size_t i = 0; i < rootfs->fallback_count; i++)
        if (rootfs->fallbacks[i] == text)
            return;
    if (rootfs->fallback_count < ROOTFS_FALLBACKS_MAX)
        rootfs->fallbacks[rootfs->fallback_count++] = text;
}

int rootfs_remember_mount(struct rootfs *rootfs, uint64_t tmpfs_device, int late_read_only,
                          struct error *error)
{
    cleanup_fd int late = late_read_only;
    size_t count = rootfs->own_mount_count;
    /* Grows at powers of two: 5000 tmpfs mounts must not mean 5000 moves. */
    if ((count & (count - 1)) == 0) {
        size_t room = count == 0 ? 1 : count * 2;
        struct rootfs_own_mount *more = realloc(rootfs->own_mounts, room * sizeof(*more));
        if (more == NULL)
            return error_set(error, ERROR_LIMIT, "memory is exhausted");
        rootfs->own_mounts = more;
    }
    rootfs->own_mounts[count] = (struct rootfs_own_mount){tmpfs_device, take_fd(&late)};
    rootfs->own_mount_count++;
    return 0;
}

bool rootfs_is_own_tmpfs(const struct rootfs *rootfs, int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0)
        return false;
    for (size_t i = 0; i < rootfs->own_mount_count; i++)
        if (rootfs->own_mounts[i].tmpfs_device == status.st_dev)
            return true;
    return false;
}

/*
 * No mount of ours may reach the host. Shared is not taken over for the old tree: that would leave it in the
 * host's peer groups. (Binds that are to be peers of the host were cloned before by the parent, the
 * container's own root becomes shared in rootfs_finish.)
 */
static int separate_from_host(const struct plan_rootfs *plan, struct error *error)
{
    unsigned long propagation =
        (plan->propagation & (MS_PRIVATE | MS_UNBINDABLE)) != 0 ? MS_PRIVATE : MS_SLAVE;
    if (mount(NULL, "/", NULL, propagation | MS_REC, NULL) == 0)
        return 0;
    if (errno == EINVAL)
        return error_set(
            error, ERROR_SYSTEM,
            "cannot separate the mount namespace from the host's: / is not a mount point here (a "
            "chroot?); bind it onto itself and pivot_root into it before");
    return error_system(error, errno, "separate the mount namespace from the host's");
}

/* The descriptor that was cloned early and the path that is seen now must be one directory. */
static int same_directory(int tree, int place, const char *path, struct error *error)
{
    struct stat one, other;
    if (fstat(tree, &one) < 0 || fstat(place, &other) < 0)
        return error_system(error, errno, "look at the root file system %s", path);
    if (one.st_dev != other.st_dev || one.st_ino != other.st_ino)
        return error_set(error, ERROR_SYSTEM, "root file system %s was replaced while the container was made",
                         path);
    return 0;
}

static int check_judged(const struct plan_rootfs *plan, int root, struct error *error)
{
    uint64_t device, inode;

    if (!plan->judged)
        return 0;
    if (path_object_of(root, &device, &inode) < 0)
        return error_system(error, errno, "look at the root file system %s", plan->path.text);
    if (device == plan->judged_device && inode == plan->judged_inode)
        return 0;
    return error_set(error, ERROR_DENIED,
                     "root file system %s is not what the policy decided on: something was put in its place, "
                     "or mounted over it, meanwhile",
                     plan->path.text);
}

/*
 * The rootfs becomes a mount, attached at its own path: hooks of the prestart and createRuntime kind look for
 * it there. Where a user namespace does not reach the path, on top of "/": pivot_root takes it from anywhere.
 */
static int attach_root(const struct plan_rootfs *plan, struct rootfs_sources *sources, struct rootfs *rootfs,
                       struct error *error)
{
    cleanup_fd int place = open(plan->path.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int tree = take_fd(&sources->root);
    if (place < 0 && errno == EACCES && tree >= 0) {
        rootfs_note_fallback(rootfs, FALLBACK_STACKED);
        place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place < 0)
            return error_system(error, errno, "open /");
    } else if (place < 0) {
        return error_system(error, errno, "open root file system %s", plan->path.text);
    } else if (tree >= 0) {
        if (same_directory(tree, place, plan->path.text, error) < 0)
            return -1;
    } else {
        tree = open_tree(place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
        if (tree < 0)
            return error_system(error, errno, "clone root file system %s", plan->path.text);
    }
    if (check_judged(plan, tree, error) < 0)
        return -1;
    if (mount_attach(tree, place, error) < 0)
        return error_prefix(error, "root file system %s", plan->path.text);
    rootfs->root = take_fd(&tree);
    return 0;
}

/* Without a mount namespace a mount would be the host's. */
static int refuse_mounts(const struct plan_rootfs *plan, struct error *error)
{
    const char *what = plan->mount_count > 0      ? "mounts"
                       : plan->masked_count > 0   ? "linux/maskedPaths"
                       : plan->readonly_count > 0 ? "linux/readonlyPaths"
                       : plan->read_only          ? "root/readonly"
                                                  : NULL;
    if (what == NULL)
        return 0;
    return error_set(error, ERROR_INVALID,
                     "%s: without a mount namespace of the container's own nothing can be mounted "
                     "(add a namespace of type \"mount\")",
                     what);
}

static int build_without_mounts(const struct plan *plan, struct rootfs *rootfs, struct error *error)
{
    if (refuse_mounts(&plan->rootfs, error) < 0)
        return -1;
    if (host_path_open_directory(plan->rootfs.path, &rootfs->root, error) < 0)
        return error_prefix(error, "root file system");
    if (check_judged(&plan->rootfs, rootfs->root, error) < 0)
        return -1;
    return devices_make(plan, rootfs, error);
}

static int build(const struct plan *plan, struct rootfs_sources *sources, const struct host_facts *facts,
                 struct rootfs *rootfs, struct error *error)
{
    /* First of all: from here on nothing that we mount can propagate to the host. */
    if (separate_from_host(&plan->rootfs, error) < 0)
        return -1;
    /* Before the mounts: everything is resolved beneath this one descriptor. */
    if (attach_root(&plan->rootfs, sources, rootfs, error) < 0)
        return -1;
    /* In the configuration's order: later ones lie on earlier ones. */
    if (rootfs_make_mounts(plan, sources, facts->selinux, rootfs, error) < 0)
        return -1;
    /* After the mounts: /dev is one of them. */
    if (devices_make(plan, rootfs, error) < 0)
        return -1;
    /* Before the pivot: the host's null device is out of reach afterwards. */
    if (plan->rootfs.masked_count + plan->rootfs.kernel_mask_count > 0 && devices_find_null(rootfs, error) < 0)
        return -1;
    return 0;
}

int rootfs_build(const struct plan *plan, struct rootfs_sources *sources, const struct host_facts *facts,
                 struct rootfs *rootfs, struct error *error)
{
    *rootfs = (struct rootfs){.root = -1, .console = -1, .null_device = -1, .procfs = -1};
    int result = plan->rootfs.new_mount_namespace ? build(plan, sources, facts, rootfs, error)
                                                  : build_without_mounts(plan, rootfs, error);
    rootfs_sources_close(sources);
    if (result < 0)
        rootfs_close(rootfs);
    return result;
}

int rootfs_enter(const struct plan *plan, struct rootfs *rootfs, struct error *error)
{
    if (!plan->rootfs.new_mount_namespace)
        return pivot_by_chroot(rootfs->root, error);
    if (plan->rootfs.no_pivot)
        return pivot_by_move(rootfs->root, error);
    return pivot_to(rootfs->root, error);
}

/* Set, then read back: a container that believes in a read-only root must have one. */
static int make_read_only(int mounted, const char *what, struct error *error)
{
    uint64_t attributes;
    if (mount_attributes_apply(mounted, MOUNT_ATTR_RDONLY, 0, false, NULL, error) < 0 ||
        mount_attributes_read(mounted, &attributes, error) < 0)
        return error_prefix(error, "make %s read-only", what);
    if ((attributes & MOUNT_ATTR_RDONLY) == 0)
        return error_set(error, ERROR_SYSTEM, "make %s read-only: the kernel did not", what);
    return 0;
}

static int finish(const struct plan_rootfs *plan_rootfs, const struct plan *plan, struct rootfs *rootfs,
                  struct error *error)
{
    /* Before the masks: a recursive clone of a path takes along what is mounted below, masks included or not,
     * and a mask is to be on top. */
    if (readonly_paths_apply(plan, rootfs, error) < 0)
        return -1;
    if (masked_paths_apply(plan, rootfs, error) < 0)
        return -1;
    /* After every mount point, node and console that was made in them. */
    for (size_t i = 0; i < rootfs->own_mount_count; i++)
        if (rootfs->own_mounts[i].late_read_only >= 0 &&
            make_read_only(rootfs->own_mounts[i].late_read_only, "a read-only mount", error) < 0)
            return -1;
    /* Last of what writes. Not recursive: the mounts below have their own attributes. */
    if (plan_rootfs->read_only && make_read_only(rootfs->root, "the root", error) < 0)
        return -1;
    /* Nothing of ours is mounted any more that a shared root could send anywhere. */
    if (plan_rootfs->final_propagation != 0 &&
        mount_propagation_apply(rootfs->root, plan_rootfs->final_propagation, error) < 0)
        return error_prefix(error, "linux/rootfsPropagation");
    return 0;
}

int rootfs_finish(const struct plan *plan, struct rootfs *rootfs, struct error *error)
{
    int result = plan->rootfs.new_mount_namespace ? finish(&plan->rootfs, plan, rootfs, error) : 0;
    int console = take_fd(&rootfs->console);
    rootfs_close(rootfs);
    rootfs->console = console;
    return result;
}

void rootfs_close(struct rootfs *rootfs)
{
    for (size_t i = 0; i < rootfs->own_mount_count; i++)
        descriptor_close(&rootfs->own_mounts[i].late_read_only);
    free(rootfs->own_mounts);
    rootfs->own_mounts = NULL;
    rootfs->own_mount_count = 0;
    descriptor_close(&rootfs->null_device);
    descriptor_close(&rootfs->procfs);
    descriptor_close(&rootfs->console);
    descriptor_close(&rootfs->root);
}
