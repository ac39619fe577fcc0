/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See procfs.h. Whoever controls what is mounted on /proc would otherwise choose where our writes go (runc
 * CVE-2019-16884, CVE-2025-52881). */
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/mount_syscalls.h"
#include "linux/procfs.h"

/* The root of every procfs has inode 1 (PROC_ROOT_INO), which no other place of it has. */
enum { PROC_ROOT_INODE = 1 };

/* Everything below stays on this very mount: nothing that was mounted over a part of it, no way out, no jump.
 */
#define PROCFS_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS)

static bool is_on_procfs(int descriptor)
{
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

static bool is_procfs_root(int descriptor)
{
    struct stat status;
    return is_on_procfs(descriptor) && fstat(descriptor, &status) == 0 && status.st_ino == PROC_ROOT_INODE &&
           S_ISDIR(status.st_mode);
}

/* A mount of our own that is attached nowhere: nobody else can ever put anything on it. errno on failure. */
static int open_private(enum procfs_scope scope)
{
    cleanup_fd int context = fsopen("proc", FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    /* EINVAL: Linux before 5.8 has no subset; then it is whole, still private. */
    if (scope == PROCFS_PROCESSES && fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 &&
        errno != EINVAL)
        return -1;
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* The ways, best first. Each is left only for an errno that says that it does not exist here. */
static int open_clone(void)
{
    return open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
}

static int open_mounted(void)
{
    cleanup_fd int found = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct statx status;
    if (found < 0 || statx(found, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) < 0)
        return -1;
    if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
        (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
        errno = EXDEV;
        return -1;
    }
    return take_fd(&found);
}

/* EPERM: no rights over the namespace, or a masked procfs above forbids an unmasked one; ENOSYS, ENODEV: not
 * there. */
static bool is_not_available(int number)
{
    return number == EPERM || number == EACCES || number == ENOSYS || number == ENODEV || number == EINVAL;
}

int procfs_open(enum procfs_scope scope, const char **fallback, struct error *error)
{
    const char *taken = NULL;
    cleanup_fd int procfs = open_private(scope);
    if (procfs < 0 && is_not_available(errno)) {
        taken = "procfs: a private one is not permitted here, using a detached clone of /proc";
        procfs = open_clone();
        if (procfs < 0 && is_not_available(errno)) {
            taken = "procfs: a private one is not permitted here, using /proc as it is mounted, with its "
                    "type checked";
            procfs = open_mounted();
        }
    }
    if (procfs < 0)
        return error_system(error, errno, "open procfs");
    if (!is_procfs_root(procfs))
        return error_set(error, ERROR_SYSTEM, "/proc is not the root of a procfs");
    if (fallback != NULL)
        *fallback = taken;
    return take_fd(&procfs);
}

static int open_beneath(int procfs, const char *path, uint64_t flags, struct error *error)
{
    cleanup_fd int file = syscall_openat2(procfs, path, flags | O_NOCTTY, PROCFS_RESOLVE);
    if (file < 0)
        return error_system(error, errno, "open procfs file %s", path);
    if (!is_on_procfs(file))
        return error_set(error, ERROR_SYSTEM, "%s is not a file of procfs", path);
    return take_fd(&file);
}

int procfs_write(int procfs, const char *path, const char *text, struct error *error)
{
    cleanup_fd int file = open_beneath(procfs, path, O_WRONLY, error);
    if (file < 0)
        return -1;
    size_t length = strlen(text);
    ssize_t written;
    do
        written = write(file, text, length);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return error_system(error, errno, "write procfs file %s", path);
    /* A second write would be another order: these files take each write as a whole. */
    if ((size_t)written != length)
        return error_set(error, ERROR_SYSTEM, "write procfs file %s: only %zd of %zu bytes were taken", path,
                         written, length);
    return 0;
}

int procfs_read(int procfs, const char *path, char *buffer, size_t size, struct error *error)
{
    cleanup_fd int file = open_beneath(procfs, path, O_RDONLY, error);
    if (file < 0)
        return -1;
    size_t length = 0;
    while (length < size - 1) {
        ssize_t count = read(file, buffer + length, size - 1 - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_system(error, errno, "read procfs file %s", path);
        if (count == 0)
            break;
        length += (size_t)count;
    }
    buffer[length] = '\0';
    return 0;
}
