/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's terminal: rootfs_make_console() of rootfs.h.
 *
 * The slave comes from the master by ioctl (TIOCGPTPEER) and is bound by its descriptor: /dev/pts/N is never
 * opened by path, where a symlink could stand (runc CVE-2025-52565), and /dev/console is never followed (crun
 * CVE-2026-88264).
 */
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include "base/descriptor.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_internal.h"
#include "linux/rootfs_path.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41) /* Linux 4.13 */
#endif

/* Unix98 slaves have these majors (Documentation/admin-guide/devices.txt). */
enum { PTMX_MAJOR = 5, PTMX_MINOR = 2, SLAVE_MAJOR_FIRST = 136, SLAVE_MAJOR_LAST = 143 };

static bool is_on_devpts(int descriptor)
{
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == DEVPTS_SUPER_MAGIC;
}

static int open_master(int root, int *master, struct error *error)
{
    const struct container_path path = {"/dev/pts"};
    cleanup_fd int devpts = -1;
    struct stat status;
    if (rootfs_path_find(root, path, true, &devpts, error) < 0)
        return error_prefix(error, "a terminal needs a devpts mount on /dev/pts");
    if (!is_on_devpts(devpts))
        return error_set(error, ERROR_INVALID,
                         "a terminal needs a devpts mount on /dev/pts: what is there is none");
    cleanup_fd int opened = syscall_openat2(devpts, "ptmx", O_RDWR | O_NOCTTY,
                                            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (opened < 0)
        return error_system(error, errno, "open /dev/pts/ptmx of the container");
    if (fstat(opened, &status) < 0 || !S_ISCHR(status.st_mode) ||
        status.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
        return error_set(error, ERROR_SYSTEM,
                         "/dev/pts/ptmx of the container is not the terminal multiplexer");
    *master = take_fd(&opened);
    return 0;
}

static int open_slave(int master, int *slave, struct error *error)
{
    int locked = 0;
    struct stat status;
    if (ioctl(master, TIOCSPTLCK, &locked) < 0)
        return error_system(error, errno, "unlock the terminal");
    cleanup_fd int opened = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (opened < 0)
        return error_system(error, errno, "open the terminal's other end");
    if (fstat(opened, &status) < 0 || !S_ISCHR(status.st_mode) || !is_on_devpts(opened) ||
        major(status.st_rdev) < SLAVE_MAJOR_FIRST || major(status.st_rdev) > SLAVE_MAJOR_LAST)
        return error_set(error, ERROR_SYSTEM, "the terminal's other end is not on devpts");
    *slave = take_fd(&opened);
    return 0;
}

/* What the slave is bound on: an existing file or device, or a new empty file; a link only where it is ours
 * to remove. */
static int open_console_place(const struct rootfs *rootfs, int *place, struct error *error)
{
    const struct container_path path = {"/dev/console"};
    const char *name;
    cleanup_fd int parent = -1;
    struct stat status;
    if (rootfs_path_make_parent(rootfs->root, path, &parent, &name, error) < 0)
        return -1;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode)) {
        if (!rootfs_is_own_tmpfs(rootfs, parent))
            return error_set(
                error, ERROR_SYSTEM,
                "/dev/console is a symbolic link in the container: remove it from the image, or mount a "
                "tmpfs on /dev");
        if (unlinkat(parent, name, 0) < 0)
            return error_system(error, errno, "replace /dev/console in the container");
    }
    if (rootfs_path_make_file(rootfs->root, path, place, error) < 0)
        return -1;
    /* It may have become a link between the two looks: then what was found is elsewhere. */
    cleanup_fd int again = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat found;
    if (again < 0 || fstat(again, &status) < 0 || fstat(*place, &found) < 0 ||
        status.st_dev != found.st_dev || status.st_ino != found.st_ino) {
        descriptor_close(place);
        return error_set(error, ERROR_SYSTEM, "/dev/console of the container was replaced while it was made");
    }
    return 0;
}

static int bind_console(const struct rootfs *rootfs, int slave, struct error *error)
{
    cleanup_fd int place = -1;
    if (open_console_place(rootfs, &place, error) < 0)
        return -1;
    cleanup_fd int clone = open_tree(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (clone < 0)
        return error_system(error, errno, "clone the terminal's mount");
    return mount_attach(clone, place, error);
}

int rootfs_open_terminal(const struct plan_process *process, int root, int *master, int *slave,
                         struct error *error)
{
    cleanup_fd int opened = -1, peer = -1;
    if (open_master(root, &opened, error) < 0 || open_slave(opened, &peer, error) < 0)
        return -1;
    if (process != NULL && process->has_console_size) {
        const struct winsize size = {.ws_row = process->console_rows, .ws_col = process->console_columns};
        if (ioctl(opened, TIOCSWINSZ, &size) < 0)
            return error_system(error, errno, "set the terminal's size");
    }
    /* The group stays what the devpts mount's gid= option says (tty), so that messages of others stay out. */
    if (process != NULL && fchown(peer, process->uid, (gid_t)-1) < 0)
        return error_system(error, errno, "give the terminal to user %u", process->uid);
    *master = take_fd(&opened);
    *slave = take_fd(&peer);
    return 0;
}

int rootfs_plain_lines(int master, struct error *error)
{
    struct termios mode;
    if (tcgetattr(master, &mode) < 0)
        return error_system(error, errno, "read the mode of the terminal");
    mode.c_oflag &= ~(tcflag_t)ONLCR;
    if (tcsetattr(master, TCSANOW, &mode) < 0)
        return error_system(error, errno, "set the mode of the terminal");
    return 0;
}

int rootfs_make_console(const struct plan *plan, struct rootfs *rootfs, int *master, struct error *error)
{
    cleanup_fd int opened = -1, slave = -1;
    *master = -1;
    if (!plan->rootfs.new_mount_namespace)
        return error_set(error, ERROR_INVALID, "a terminal needs a mount namespace of the container's own");
    if (rootfs_open_terminal(plan->process, rootfs->root, &opened, &slave, error) < 0)
        return -1;
    if (bind_console(rootfs, slave, error) < 0)
        return error_prefix(error, "bind the terminal on /dev/console");
    rootfs->console = take_fd(&slave);
    *master = take_fd(&opened);
    return 0;
}
