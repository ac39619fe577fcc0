/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor of a container's start: clone with the namespaces of the default configuration, its mounts, a
 * handful of devices, pivot_root, exec, wait. No configuration is read, nothing is checked, nothing can be
 * told from a failure but a number. No runtime can be faster, so the distance to it is what a runtime costs.
 * usage: floor ROOTFS PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static void need(int result, int step)
{
    if (result < 0) {
        dprintf(2, "floor: step %d: %s\n", step, strerror(errno));
        _exit(100 + step);
    }
}

static const struct {
    const char *type, *place, *data;
    unsigned long flags;
} mounts[] = {
    {"proc", "proc", NULL, 0},
    {"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
    {"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV},
    {"mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
    {"sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY},
};

static const struct {
    const char *path;
    unsigned int major, minor;
} devices[] = {
    {"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
    {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
};

static void become(const char *rootfs, char **program)
{
    need(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), 1);
    need(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), 2);
    need(chdir(rootfs), 3);
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        if (mkdir(mounts[i].place, 0755) < 0 && errno != EEXIST)
            need(-1, 4);
        need(mount(mounts[i].type, mounts[i].place, mounts[i].type, mounts[i].flags, mounts[i].data), 5);
    }
    umask(0);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        need(mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)), 6);
    need((int)syscall(SYS_pivot_root, ".", "."), 7);
    need(umount2(".", MNT_DETACH), 8);
    need(chdir("/"), 9);
    need(sethostname("floor", 5), 10);
    execv(program[0], program);
    need(-1, 11);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct clone_args arguments = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    need((int)pid, 12);
    if (pid == 0)
        become(argv[1], argv + 2);
    int status;
    need((int)waitpid((pid_t)pid, &status, 0), 13);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
