/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_idmap.h. */
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/mount_idmap.h"
#include "linux/mount_syscalls.h"
#include "linux/procfs.h"

/* The kernel takes a map in one write of less than a page. */
enum { MAP_TEXT_SIZE = 4096 };

struct holder {
    pid_t pid;
    int pidfd;
};

/* A process that waits to be killed, alone in a new user namespace. */
static int holder_start(struct holder *holder, struct error *error)
{
    struct clone_args arguments = {
        .flags = CLONE_NEWUSER | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&holder->pidfd,
        .exit_signal = SIGCHLD,
    };
    holder->pidfd = -1;
    pid_t parent = getpid();
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid < 0)
        return error_system(error, errno, "make a user namespace for an id-mapped mount");
    if (pid == 0) {
        /* Should we die first, so does it; it holds nothing that anybody could use. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent && getppid() != 0)
            _exit(0);
        for (;;)
            pause();
    }
    holder->pid = (pid_t)pid;
    return 0;
}

static void holder_end(struct holder *holder)
{
    siginfo_t information;
    if (holder->pidfd < 0)
        return;
    (void)syscall(SYS_pidfd_send_signal, holder->pidfd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)holder->pidfd, &information, WEXITED) < 0 && errno == EINTR)
        ;
    descriptor_close(&holder->pidfd);
}

static int write_map(int procfs, pid_t pid, const char *file, const struct plan_id_mappings *mappings,
                     struct error *error)
{
    char map[MAP_TEXT_SIZE], path[64];
    struct text text = text_over(map, sizeof(map));
    for (size_t i = 0; i < mappings->count; i++) {
        const struct plan_id_mapping *mapping = &mappings->items[i];
        text_append_format(&text, "%u %u %u\n", mapping->container_id, mapping->host_id, mapping->size);
    }
    if (text_complete(&text, "the id mapping of a mount", error) < 0)
        return -1;
    (void)text_print(path, sizeof(path), "%d/%s", (int)pid, file);
    return procfs_write(procfs, path, map, error);
}

/* The namespace by the pidfd where the kernel can (6.11), else by the magic link, which may only be the last
 * component. */
static int open_user_namespace(const struct holder *holder, int procfs, struct error *error)
{
    int found = ioctl(holder->pidfd, PIDFD_GET_USER_NAMESPACE, 0);
    if (found >= 0)
        return found;
    char path[64];
    (void)text_print(path, sizeof(path), "%d/ns", (int)holder->pid);
    cleanup_fd int directory = syscall_openat2(procfs, path, O_PATH | O_DIRECTORY,
                                               RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
    if (directory >= 0)
        found = openat(directory, "user", O_RDONLY | O_CLOEXEC);
    if (found < 0)
        return error_system(error, errno, "open the user namespace of an id-mapped mount");
    return found;
}

int user_namespace_with_maps(const struct plan_id_mappings *uids, const struct plan_id_mappings *gids,
                             int *user_namespace, struct error *error)
{
    struct holder holder;
    *user_namespace = -1;
    cleanup_fd int procfs = procfs_open(PROCFS_PROCESSES, NULL, error);
    if (procfs < 0 || holder_start(&holder, error) < 0)
        return -1;
    int result = -1;
    if (write_map(procfs, holder.pid, "uid_map", uids, error) == 0 &&
        write_map(procfs, holder.pid, "gid_map", gids, error) == 0) {
        *user_namespace = open_user_namespace(&holder, procfs, error);
        result = *user_namespace >= 0 ? 0 : -1;
    }
    holder_end(&holder);
    return result;
}

/* Names for messages; a number is shown for others. */
static const char *type_name(int mount, char *buffer, size_t size)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } names[] = {
        {TMPFS_MAGIC, "tmpfs"},
        {EXT4_SUPER_MAGIC, "ext4"},
        {BTRFS_SUPER_MAGIC, "btrfs"},
        {XFS_SUPER_MAGIC, "xfs"},
        {OVERLAYFS_SUPER_MAGIC, "overlay"},
        {NFS_SUPER_MAGIC, "nfs"},
        {FUSE_SUPER_MAGIC, "fuse"},
        {PROC_SUPER_MAGIC, "proc"},
        {SYSFS_MAGIC, "sysfs"},
        {SQUASHFS_MAGIC, "squashfs"},
        {V9FS_MAGIC, "9p"},
        {CGROUP2_SUPER_MAGIC, "cgroup2"},
        {DEVPTS_SUPER_MAGIC, "devpts"},
        {RAMFS_MAGIC, "ramfs"},
        {OVERLAYFS_SUPER_MAGIC, "overlay"},
    };
    struct statfs status;
    if (fstatfs(mount, &status) < 0)
        return "unknown";
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if ((unsigned long)status.f_type == names[i].magic)
            return names[i].name;
    (void)text_print(buffer, size, "0x%lx", (unsigned long)status.f_type);
    return buffer;
}

int mount_idmap_apply(int mount, int user_namespace, bool recursive, struct error *error)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP,
                                    .userns_fd = (__u64)(unsigned int)user_namespace};
    unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
    char buffer[32];
    if (mount_setattr(mount, "", flags, &attributes, sizeof(attributes)) == 0)
        return 0;
    int number = errno;
    const char *type = type_name(mount, buffer, sizeof(buffer));
    if (number == EINVAL || number == EOPNOTSUPP) {
        error_set(error, ERROR_UNSUPPORTED,
                  "id-mapped mount: file system type %s%s does not support it on this kernel", type,
                  recursive ? " (or one mounted below it)" : "");
        error->system_errno = number;
        return -1;
    }
    if (number == EPERM)
        return error_system(error, number,
                            "id-mapped mount on file system type %s: it needs rights over that file "
                            "system, and may not be id-mapped already",
                            type);
    return error_system(error, number, "id-mapped mount on file system type %s", type);
}
