/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pivot.h. */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "linux/mount_syscalls.h"
#include "linux/mountinfo.h"
#include "linux/pivot.h"
#include "linux/procfs.h"

/* Each round unmounts one; more proc and sysfs mounts than this are not a boot environment. */
enum { UNMOUNT_ROUNDS_MAX = 4096 };

static int mount_id(int directory, const char *path, uint64_t *id, struct error *error)
{
    struct statx status;
    unsigned int flags = path[0] == '\0' ? AT_EMPTY_PATH : 0u;
    if (statx(directory, path, (int)flags, STATX_MNT_ID, &status) < 0 ||
        (status.stx_mask & STATX_MNT_ID) == 0)
        return error_system(error, errno, "look at the root mount");
    *id = status.stx_mnt_id;
    return 0;
}

/* "/" is our mount; "/.." is it too, so nothing is stacked on it (a path that goes up crosses what covers the
 * root); and the kernel finds the way from it to the working directory. */
static int prove(int root, struct error *error)
{
    uint64_t wanted, slash, above;
    char directory[PATH_MAX];
    if (mount_id(root, "", &wanted, error) < 0 || mount_id(AT_FDCWD, "/", &slash, error) < 0 ||
        mount_id(AT_FDCWD, "/..", &above, error) < 0)
        return -1;
    if (slash != wanted || above != wanted)
        return error_set(error, ERROR_SYSTEM, "change the root: something of the old root is left");
    if (getcwd(directory, sizeof(directory)) == NULL)
        return error_system(error, errno, "find the working directory after the change of the root");
    if (strcmp(directory, "/") != 0)
        return error_set(error, ERROR_SYSTEM, "change the root: the working directory is outside of it");
    return 0;
}

int pivot_to(int root, struct error *error)
{
    if (fchdir(root) < 0)
        return error_system(error, errno, "enter the root file system");
    /* Both the same: the old root is then stacked on the new one, and no directory is needed to put it. */
    if (syscall_pivot_root(".", ".") < 0) {
        if (errno == EINVAL)
            return error_system(
                error, EINVAL,
                "pivot_root: the current root cannot be left (on an initramfs, use --no-pivot)");
        return error_system(error, errno, "pivot_root");
    }
    /* "." crosses to what is stacked on it: the old root. Lazily, because files of it may be open. */
    if (umount2(".", MNT_DETACH) < 0)
        return error_system(error, errno, "detach the old root");
    if (chdir("/") < 0)
        return error_system(error, errno, "enter the new root");
    return prove(root, error);
}

/* Is it a proc or sysfs outside the rootfs? */
static bool is_foreign_kernel_mount(const struct mountinfo_entry *entry, const char *rootfs)
{
    if (strcmp(entry->type, "proc") != 0 && strcmp(entry->type, "sysfs") != 0)
        return false;
    return !path_is_beneath(entry->mount_point, rootfs);
}

/* 1: one was unmounted, 0: none is left. */
static int unmount_one(int procfs, const char *rootfs, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    if (mountinfo_open(&mountinfo, procfs, error) < 0)
        return -1;
    int result = 0;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1)
        if (is_foreign_kernel_mount(&entry, rootfs))
            break;
    if (result == 1 && umount2(entry.mount_point, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
        result = error_system(error, errno, "unmount %s, which must not be left beside a root without pivot",
                              entry.mount_point);
    mountinfo_close(&mountinfo);
    return result;
}

/* Where the rootfs is attached, as the mount table says. */
static int find_rootfs(int procfs, int root, char path[PATH_MAX], struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    uint64_t wanted;
    if (mount_id(root, "", &wanted, error) < 0 || mountinfo_open(&mountinfo, procfs, error) < 0)
        return -1;
    int result;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1)
        if (entry.id == wanted)
            break;
    mountinfo_close(&mountinfo);
    if (result < 0)
        return -1;
    if (result == 0 || strcmp(entry.mount_point, "/") == 0)
        return error_set(
            error, ERROR_SYSTEM,
            "--no-pivot: the root file system's path is out of reach in the container's namespace");
    memcpy(path, entry.mount_point, strlen(entry.mount_point) + 1);
    return 0;
}

int pivot_by_move(int root, struct error *error)
{
    char rootfs[PATH_MAX];
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, error);
    if (procfs < 0 || find_rootfs(procfs, root, rootfs, error) < 0)
        return -1;
    int left = 1;
    for (int round = 0; left == 1 && round < UNMOUNT_ROUNDS_MAX; round++)
        left = unmount_one(procfs, rootfs, error);
    if (left < 0)
        return -1;
    if (left == 1)
        return error_set(error, ERROR_LIMIT, "--no-pivot: too many proc and sysfs mounts");
    if (fchdir(root) < 0)
        return error_system(error, errno, "enter the root file system");
    if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return error_system(error, errno, "move the root file system over the root");
    if (chroot(".") < 0 || chdir("/") < 0)
        return error_system(error, errno, "change the root");
    return prove(root, error);
}

/* Without a mount of its own the root is known by its device and inode. */
static int prove_chroot(int root, struct error *error)
{
    struct stat wanted, found;
    if (fstat(root, &wanted) < 0 || stat("/", &found) < 0)
        return error_system(error, errno, "look at the root");
    if (wanted.st_dev != found.st_dev || wanted.st_ino != found.st_ino)
        return error_set(error, ERROR_SYSTEM, "change the root: the root is another directory");
    return 0;
}

int pivot_by_chroot(int root, struct error *error)
{
    if (fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0)
        return error_system(error, errno, "change the root");
    return prove_chroot(root, error);
}
