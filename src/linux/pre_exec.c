/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parent death signal, signals, descriptors, standard streams and working directory of a program to come. */
#include "linux/pre_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_path.h"

int pre_exec_die_with_parent(int control)
{
    char byte;

    if (pre_exec_renew_death_signal() < 0)
        return -1;
    if (recv(control, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0) {
        errno = EPIPE;
        return -1;
    }
    return 0;
}

int pre_exec_renew_death_signal(void)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
}

int pre_exec_outlive_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, 0L, 0L, 0L, 0L);
}

int pre_exec_set_dumpable(bool dumpable)
{
    return prctl(PR_SET_DUMPABLE, dumpable ? 1L : 0L, 0L, 0L, 0L);
}

int pre_exec_reset_signals(void)
{
    /* The kernel's own structure and call: the C library refuses the numbers that it keeps for itself, and
     * those are inherited as ignored like all others. All zero means the default action, whatever the order
     * of the fields. */
    static const unsigned long default_action[8];
    const size_t set_size = 64 / CHAR_BIT;
    const uint64_t empty = 0;

    for (int number = 1; number <= 64; number++) {
        if (number == SIGKILL || number == SIGSTOP)
            continue;
        if (syscall(SYS_rt_sigaction, number, default_action, NULL, set_size) < 0)
            return -1;
    }
    return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &empty, NULL, set_size);
}

static bool is_kept(unsigned int number, const int *keep, size_t keep_count)
{
    for (size_t i = 0; i < keep_count; i++)
        if (keep[i] >= 0 && (unsigned int)keep[i] == number)
            return true;
    return false;
}

/* Where close_range(2) is missing (ENOSYS from a filter outside of us): one by one. */
static int close_each(unsigned int first, const int *keep, size_t keep_count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -1;
    for (unsigned int number = first; number < limit.rlim_cur && number < INT_MAX; number++)
        if (!is_kept(number, keep, keep_count) && close((int)number) < 0 && errno != EBADF)
            return -1;
    return 0;
}

/* The lowest of keep[] that is not below from, or UINT_MAX. */
static unsigned int next_kept(unsigned int from, const int *keep, size_t keep_count)
{
    unsigned int next = UINT_MAX;

    for (size_t i = 0; i < keep_count; i++)
        if (keep[i] >= 0 && (unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
            next = (unsigned int)keep[i];
    return next;
}

int pre_exec_close_descriptors(unsigned int first, const int *keep, size_t keep_count)
{
    unsigned int from = first, kept;

    do {
        kept = next_kept(from, keep, keep_count);
        if (kept > from && close_range(from, kept == UINT_MAX ? UINT_MAX : kept - 1, 0) < 0)
            return errno == ENOSYS ? close_each(first, keep, keep_count) : -1;
        from = kept + 1;
    } while (kept != UINT_MAX);
    return 0;
}

int pre_exec_check_preserved(unsigned int count, struct error *error)
{
    for (unsigned int number = 3; number < 3 + count; number++)
        if (fcntl((int)number, F_GETFD) < 0)
            return error_set(
                error, ERROR_INVALID,
                "descriptor %u is to be passed to the container (--preserve-fds, LISTEN_FDS: %u in all) and "
                "is not open",
                number, count);
    return 0;
}

static bool is_null_device(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

/* The null device of the root that we are in, or -1 with errno: nothing else that stands in its place, and no
 * place that a link of procfs leads to. It is looked at before it is opened (a fifo would block, a device
 * act); who replaces it in between gains nothing but an open device of his own container, unused. */
static int open_own_null(void)
{
    static const char path[] = "/dev/null";
    cleanup_fd int found = -1, null = -1;

    found = syscall_openat2(AT_FDCWD, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_MAGICLINKS);
    if (found < 0)
        return -1;
    if (is_null_device(found))
        null = syscall_openat2(AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                               RESOLVE_NO_MAGICLINKS);
    else
        errno = ENODEV;
    if (null < 0)
        return -1;
    if (!is_null_device(null)) {
        errno = ENODEV;
        return -1;
    }
    return fcntl(null, F_SETFL, 0) < 0 ? -1 : take_fd(&null);
}

int pre_exec_own_null_streams(struct error *error)
{
    cleanup_fd int null = -1;

    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (!is_null_device(descriptor))
            continue;
        if (null < 0)
            null = open_own_null();
        /* No such device, another thing in its place, or no right to it: the caller's own serves as well. */
        if (null < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENODEV ||
                         errno == ENXIO || errno == EACCES || errno == EPERM || errno == EROFS))
            return 0;
        if (null < 0 || dup2(null, descriptor) < 0)
            return error_system(error, errno, "make the container's /dev/null standard stream %d",
                                descriptor);
    }
    return 0;
}

static int own_stream(int descriptor, uid_t user, struct error *error)
{
    struct stat status;

    if (fstat(descriptor, &status) < 0)
        return error_system(error, errno, "look at standard stream %d", descriptor);
    if (status.st_uid == user)
        return 0;
    if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode) &&
        !(S_ISCHR(status.st_mode) && isatty(descriptor)))
        return 0;
    if (fchown(descriptor, user, (gid_t)-1) == 0)
        return 0;
    /* EINVAL, EPERM: an owner that the user namespace does not map, or a stream of somebody else's; EROFS: a
     * read-only /dev. */
    if (errno == EINVAL || errno == EPERM || errno == EROFS)
        return 0;
    return error_system(error, errno, "give standard stream %d to user %u", descriptor, user);
}

int pre_exec_own_standard_streams(uint32_t user, struct error *error)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (own_stream(descriptor, user, error) < 0)
            return -1;
    return 0;
}

int pre_exec_take_terminal(int descriptor, struct error *error)
{
    if (ioctl(descriptor, TIOCSCTTY, 0) < 0)
        return error_system(error, errno, "make the terminal the controlling one");
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (dup2(descriptor, stream) < 0)
            return error_system(error, errno, "make the terminal standard stream %d", stream);
    return 0;
}

int pre_exec_make_directory(const struct container_path *path, struct error *error)
{
    cleanup_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), directory = -1;

    if (root < 0)
        return error_system(error, errno, "open the container's root");
    if (rootfs_path_make_directory(root, *path, &directory, error) < 0)
        return error_prefix(error, "process.cwd");
    return 0;
}

void pre_exec_try_directory(const struct container_path *path, int *failed)
{
    *failed = chdir(path->text) < 0 ? errno : 0;
}

int pre_exec_enter_directory(const struct container_path *path, int failed, struct error *error)
{
    char actual[PATH_MAX];

    if (failed != 0 && chdir(path->text) < 0)
        return error_system(error, errno, "process.cwd: chdir to \"%s\"", path->text);
    /* Not getcwd(3), which would search for a name where the kernel has none beneath the root. */
    if (syscall(SYS_getcwd, actual, sizeof(actual)) < 0)
        return error_system(error, errno, "process.cwd: \"%s\" has no path in the container", path->text);
    if (actual[0] != '/')
        return error_set(error, ERROR_DENIED, "process.cwd: \"%s\" leads out of the container's root",
                         path->text);
    return 0;
}
