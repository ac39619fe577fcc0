/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan's mounts, one by one: made detached, given everything they need, then moved onto a descriptor of
 * their place. */
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "linux/mount_attributes.h"
#include "linux/mount_bind.h"
#include "linux/mount_cgroup.h"
#include "linux/mount_copy_up.h"
#include "linux/mount_new.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_internal.h"
#include "linux/rootfs_path.h"

#define FALLBACK_LOCKED                                                                                      \
    "mounts: locked attributes of the host's mounts are kept although the request clears them"
#define FALLBACK_SYSFS                                                                                       \
    "sysfs: a new mount is not permitted without rights over the network namespace, the host's /sys is "     \
    "bound"

/* A mount on its way. */
struct work {
    const struct plan_mount *plan;
    int mount;   /* detached */
    mode_t kind; /* S_IFDIR, or what a bind's source is */
    bool late_read_only;
};

int rootfs_mount_error(const struct plan_mount *mount, struct error *error)
{
    if (mount->index == PLAN_NO_INDEX)
        return error_prefix(error, "mount %s", mount->destination.text);
    return error_prefix(error, "mounts/%zu (%s)", mount->index, mount->destination.text);
}

static bool is_tmpfs(const struct plan_mount *plan)
{
    return plan->kind == PLAN_MOUNT_FILESYSTEM && strcmp(plan->type, "tmpfs") == 0;
}

static bool has_option(const struct plan_mount *plan, const char *key)
{
    for (size_t i = 0; i < plan->option_count; i++)
        if (strcmp(plan->options[i].key, key) == 0)
            return true;
    return false;
}

/* A tmpfs without mode= takes the mode of the directory that it covers, as peers do: /root stays private. "":
 * there is none, and the kernel's 1777 it is. */
static int covered_mode(const struct plan_mount *plan, const struct rootfs *rootfs, char *mode, size_t size,
                        struct error *error)
{
    cleanup_fd int covered = -1;
    struct error refused = {0};
    struct stat status;

    mode[0] = '\0';
    if (!is_tmpfs(plan) || plan->copy_up || has_option(plan, "mode"))
        return 0;
    if (rootfs_path_find(rootfs->root, plan->destination, true, &covered, &refused) < 0) {
        if (refused.system_errno == ENOENT)
            return 0;
        *error = refused;
        return -1;
    }
    if (fstat(covered, &status) < 0)
        return error_system(error, errno, "look at %s in the container", plan->destination.text);
    return S_ISDIR(status.st_mode) ? text_print(mode, size, "%04o", status.st_mode & 07777) : 0;
}

static int make_filesystem(struct work *work, bool selinux, struct rootfs *rootfs, struct error *error)
{
    const struct plan_mount *plan = work->plan;
    if (plan->idmap != PLAN_IDMAP_NONE)
        return error_set(error, ERROR_UNSUPPORTED,
                         "id mappings are for bind mounts: a new %s has none to map from", plan->type);
    /* Copies, mount points and nodes have to get into it first. */
    work->late_read_only = plan->read_only && (plan->read_only_late || is_tmpfs(plan));
    struct error refused = {0};
    char mode[8];
    if (covered_mode(plan, rootfs, mode, sizeof(mode), error) < 0)
        return -1;
    if (mount_new(plan, mode[0] != '\0' ? mode : NULL, selinux, work->late_read_only, &work->mount,
                  &refused) == 0)
        return 0;
    if (plan->optional_fallback_bind_sys && refused.system_errno == EPERM) {
        rootfs_note_fallback(rootfs, FALLBACK_SYSFS);
        work->late_read_only = false;
        return mount_bind_instead(plan, "/sys", &work->mount, error);
    }
    *error = refused;
    return -1;
}

static int make_bind(struct work *work, struct rootfs_sources *sources, size_t position,
                     struct rootfs *rootfs, struct error *error)
{
    const struct plan_mount *plan = work->plan;
    bool kept_locked = false;
    if (position < sources->count && sources->mounts[position] >= 0) {
        struct stat status;
        work->mount = take_fd(&sources->mounts[position]);
        if (fstat(work->mount, &status) < 0)
            return error_system(error, errno, "look at %s of the host", plan->source_path.text);
        work->kind = status.st_mode & S_IFMT;
    } else if (plan->idmap != PLAN_IDMAP_NONE) {
        return error_set(error, ERROR_SYSTEM, "its id mapping was not applied");
    } else if (mount_bind_clone(plan, &work->mount, &work->kind, error) < 0) {
        return -1;
    }
    if (mount_apply_plan(plan, work->mount, &kept_locked, error) < 0)
        return -1;
    if (kept_locked)
        rootfs_note_fallback(rootfs, FALLBACK_LOCKED);
    return 0;
}

static int make_detached(struct work *work, const struct plan *plan, struct rootfs_sources *sources,
                         size_t position, bool selinux, struct rootfs *rootfs, struct error *error)
{
    const char *fallback = NULL;
    switch (work->plan->kind) {
    case PLAN_MOUNT_BIND:
        return make_bind(work, sources, position, rootfs, error);
    case PLAN_MOUNT_CGROUP:
        if (mount_cgroup(plan, work->plan, &work->mount, &fallback, error) < 0)
            return -1;
        if (fallback != NULL)
            rootfs_note_fallback(rootfs, fallback);
        return 0;
    case PLAN_MOUNT_FILESYSTEM:
    case PLAN_MOUNT_REMOUNT:
    default:
        return make_filesystem(work, selinux, rootfs, error);
    }
}

/* Mode and owner of the tmpfs itself are the image's unless the options say otherwise. */
static bool options_set_root(const struct plan_mount *plan)
{
    return has_option(plan, "mode") || has_option(plan, "uid") || has_option(plan, "gid");
}

static int copy_up(const struct work *work, const struct rootfs *rootfs, struct error *error)
{
    cleanup_fd int from = -1;
    struct stat status;
    struct error refused = {0};
    if (rootfs_path_find(rootfs->root, work->plan->destination, true, &from, &refused) < 0) {
        if (refused.system_errno == ENOENT)
            return 0; /* nothing there: nothing to copy */
        *error = refused;
        return -1;
    }
    if (fstat(from, &status) < 0)
        return error_system(error, errno, "look at %s in the container", work->plan->destination.text);
    if (!S_ISDIR(status.st_mode))
        return error_system(error, ENOTDIR, "copy up %s", work->plan->destination.text);
    return mount_copy_up(from, work->mount, !options_set_root(work->plan), error);
}

/* /proc and /sys decide what the kernel tells the program and where later writes go: a rootfs that makes them
 * links would choose another place (runc CVE-2019-19921, CVE-2023-27561, youki CVE-2025-54867). */
static bool needs_real_directory(const struct plan_mount *plan)
{
    const char *path = plan->destination.text;
    return strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0 ||
           (plan->kind == PLAN_MOUNT_FILESYSTEM &&
            (strcmp(plan->type, "proc") == 0 || strcmp(plan->type, "sysfs") == 0));
}

/* 1: *found is that directory, 0: nothing is there. */
static int find_real_directory(const struct plan_mount *plan, const struct rootfs *rootfs, int *found,
                               struct error *error)
{
    struct stat status;
    struct error refused = {0};
    if (rootfs_path_find(rootfs->root, plan->destination, false, found, &refused) < 0) {
        if (refused.system_errno == ENOENT)
            return 0;
        *error = refused;
        return -1;
    }
    if (fstat(*found, &status) < 0)
        return error_system(error, errno, "look at %s in the container", plan->destination.text);
    if (S_ISDIR(status.st_mode))
        return 1;
    return error_set(error, ERROR_SYSTEM, "%s in the container must be a directory and is %s",
                     plan->destination.text, S_ISLNK(status.st_mode) ? "a symbolic link" : "something else");
}

int rootfs_open_place(const struct plan_mount *plan, mode_t kind, const struct rootfs *rootfs, int *target,
                      struct error *error)
{
    if (!S_ISDIR(kind))
        return rootfs_path_make_file(rootfs->root, plan->destination, target, error);
    if (!needs_real_directory(plan))
        return rootfs_path_make_directory(rootfs->root, plan->destination, target, error);
    int found = find_real_directory(plan, rootfs, target, error);
    if (found != 0)
        return found < 0 ? -1 : 0;
    /* Making it follows a link that was put there meanwhile, so what counts is what is found afterwards. */
    cleanup_fd int made = -1;
    if (rootfs_path_make_directory(rootfs->root, plan->destination, &made, error) < 0)
        return -1;
    found = find_real_directory(plan, rootfs, target, error);
    if (found == 0)
        return error_set(error, ERROR_SYSTEM, "%s in the container was removed while it was made",
                         plan->destination.text);
    return found < 0 ? -1 : 0;
}

/* A mount on "/" is what everything after it is resolved in, and what becomes the root. */
static int replace_root(const struct work *work, struct rootfs *rootfs, struct error *error)
{
    int replacement = fcntl(work->mount, F_DUPFD_CLOEXEC, 0);
    if (replacement < 0)
        return error_system(error, errno, "duplicate the mount's descriptor");
    descriptor_close(&rootfs->root);
    rootfs->root = replacement;
    return 0;
}

static int remember(struct work *work, struct rootfs *rootfs, struct error *error)
{
    struct stat status = {0};
    if (is_tmpfs(work->plan) && fstat(work->mount, &status) < 0)
        return error_system(error, errno, "look at the new mount");
    if (!is_tmpfs(work->plan) && !work->late_read_only)
        return 0;
    return rootfs_remember_mount(rootfs, status.st_dev, work->late_read_only ? take_fd(&work->mount) : -1,
                                 error);
}

/* It is ours, and the way to the mount table that needs no other: made once more it would have to be taken
 * down again, which takes the kernel longer than all of a container's mounts. */
static int remember_procfs(const struct work *work, const struct plan *plan, struct rootfs *rootfs,
                           struct error *error)
{
    if (plan->rootfs.kernel_mask_count == 0 || rootfs->procfs >= 0 ||
        work->plan->kind != PLAN_MOUNT_FILESYSTEM || strcmp(work->plan->type, "proc") != 0)
        return 0;
    rootfs->procfs = fcntl(work->mount, F_DUPFD_CLOEXEC, 0);
    return rootfs->procfs < 0 ? error_system(error, errno, "duplicate the mount's descriptor") : 0;
}

/* From a detached mount to its place. */
static int finish_mount(struct work *work, const struct plan *whole, struct rootfs *rootfs,
                        struct error *error)
{
    const struct plan_mount *plan = work->plan;
    cleanup_fd int target = -1;
    /* Before it is attached: it covers what is to be copied. */
    if (plan->copy_up && copy_up(work, rootfs, error) < 0)
        return -1;
    for (size_t i = 0; i < plan->propagation_count; i++)
        if (mount_propagation_apply(work->mount, plan->propagation[i], error) < 0)
            return -1;
    if (rootfs_open_place(plan, work->kind, rootfs, &target, error) < 0 ||
        mount_attach(work->mount, target, error) < 0)
        return -1;
    if (strcmp(plan->destination.text, "/") == 0 && replace_root(work, rootfs, error) < 0)
        return -1;
    if (remember_procfs(work, whole, rootfs, error) < 0)
        return -1;
    return remember(work, rootfs, error);
}

static int remount(const struct plan_mount *plan, struct rootfs *rootfs, struct error *error)
{
    cleanup_fd int mounted = -1;
    bool kept_locked = false;
    if (rootfs_path_find(rootfs->root, plan->destination, true, &mounted, error) < 0 ||
        mount_remount(plan, mounted, &kept_locked, error) < 0)
        return -1;
    for (size_t i = 0; i < plan->propagation_count; i++)
        if (mount_propagation_apply(mounted, plan->propagation[i], error) < 0)
            return -1;
    if (kept_locked)
        rootfs_note_fallback(rootfs, FALLBACK_LOCKED);
    return 0;
}

int rootfs_make_mounts(const struct plan *plan, struct rootfs_sources *sources, bool selinux,
                       struct rootfs *rootfs, struct error *error)
{
    for (size_t i = 0; i < plan->rootfs.mount_count; i++) {
        struct work work = {.plan = &plan->rootfs.mounts[i], .mount = -1, .kind = S_IFDIR};
        int result;
        if (work.plan->kind == PLAN_MOUNT_REMOUNT) {
            result = remount(work.plan, rootfs, error);
        } else {
            result = make_detached(&work, plan, sources, i, selinux, rootfs, error);
            if (result == 0)
                result = finish_mount(&work, plan, rootfs, error);
        }
        descriptor_close(&work.mount);
        if (result < 0)
            return rootfs_mount_error(work.plan, error);
    }
    return 0;
}
