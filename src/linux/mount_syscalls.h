/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls and numbers of the mount interface that glibc 2.36 does not wrap or name. <linux/mount.h>
 * cannot be included beside glibc 2.36's <sys/mount.h> (both define struct mount_attr), so the few newer
 * constants stand here.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6 */
#endif

#ifndef PIDFD_GET_USER_NAMESPACE
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9) /* Linux 6.11 */
#endif

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* openat2(2). A descriptor, or -1 with errno. EAGAIN: a rename or mount raced with a ".."; the caller decides
 * how often to try again. */
static inline int syscall_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

/* pivot_root(2). 0, or -1 with errno. */
static inline int syscall_pivot_root(const char *new_root, const char *old_root)
{
    return (int)syscall(SYS_pivot_root, new_root, old_root);
}

/* chmod(2) on an O_PATH descriptor. 0, or -1 with errno; ENOSYS before Linux 6.6. */
static inline int syscall_chmod_descriptor(int descriptor, mode_t mode)
{
    return (int)syscall(SYS_fchmodat2, descriptor, "", mode, AT_EMPTY_PATH);
}
