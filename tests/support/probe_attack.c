/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subcommands that play the attacker from inside a container: they look at every process that appears in
 * /proc and try to take something from it. Each runs for a given time, writes one JSON object at the end, and
 * exits 0: what it found is the result, and an empty list is what a runtime must achieve.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void note_stop(int number)
{
    stop = number;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void end_at_term(void)
{
    struct sigaction action = {.sa_handler = note_stop};

    if (sigaction(SIGTERM, &action, NULL) < 0)
        _exit(113);
}

/* The next process that is neither this one nor its parent nor a child made by it; 0 at the end. */
static pid_t next_process(DIR *proc)
{
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        long number = strtol(entry->d_name, NULL, 10);
        if (number > 0 && number != getpid() && number != getppid())
            return (pid_t)number;
    }
    return 0;
}

/* --- own-binary: CVE-2019-5736
 * ---------------------------------------------------------------------------------- */

struct held_handle {
    int fd;
    dev_t device;
    ino_t inode;
};

static struct held_handle held[512];
static size_t held_count;

/* Keeps an O_PATH handle on the executable of every process that is not this program itself. */
static void hold_executable(pid_t process, const struct stat *own)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/exe", process);
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &status) < 0 || (status.st_dev == own->st_dev && status.st_ino == own->st_ino) ||
        held_count == sizeof held / sizeof *held) {
        close(fd);
        return;
    }
    for (size_t index = 0; index < held_count; index++) {
        if (held[index].device == status.st_dev && held[index].inode == status.st_ino) {
            close(fd);
            return;
        }
    }
    held[held_count++] = (struct held_handle){fd, status.st_dev, status.st_ino};
}

static void tell_handle(const struct held_handle *handle, bool writable)
{
    char link[64];
    char target[PATH_MAX];

    snprintf(link, sizeof link, "/proc/self/fd/%d", handle->fd);
    ssize_t length = readlink(link, target, sizeof target);
    json_open(NULL, '{');
    json_bytes("target", target, length > 0 ? (size_t)length : 0);
    json_device("dev", handle->device);
    json_unsigned("ino", handle->inode);
    json_bool("writable", writable);
    json_close('}');
}

/*
 * Whether the object behind a handle can be changed: its first byte is read and written back, so that a
 * success does no harm. Opening alone says little: a sealed memfd can be opened for writing, and refuses the
 * write.
 */
static bool change(int handle)
{
    char link[64];
    char byte;

    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    int fd = open(link, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool changed = pread(fd, &byte, 1, 0) == 1 && pwrite(fd, &byte, 1, 0) == 1;
    close(fd);
    return changed;
}

/* own-binary SECONDS: collects foreign executables and tries again and again to change each. */
static int steal_binary(int argc, char **argv)
{
    double seconds = (double)parse_number(argv[1]);
    bool writable[sizeof held / sizeof *held] = {false};
    struct stat own;

    (void)argc;
    end_at_term();
    if (stat("/proc/self/exe", &own) < 0)
        return 113;
    for (double end = now() + seconds; now() < end && !stop;) {
        DIR *proc = opendir("/proc");
        if (!proc)
            return 113;
        for (pid_t process; (process = next_process(proc)) != 0;)
            hold_executable(process, &own);
        closedir(proc);
        for (size_t index = 0; index < held_count; index++)
            writable[index] = writable[index] || change(held[index].fd);
    }
    json_open(NULL, '{');
    json_open("handles", '[');
    for (size_t index = 0; index < held_count; index++)
        tell_handle(&held[index], writable[index]);
    json_close(']');
    json_close('}');
    json_flush();
    return 0;
}

/* --- stalk: the window between joining the namespaces and the payload's exec (CVE-2016-9962)
 * ---------------------- */

struct stalked {
    unsigned long seen, ptrace, descriptors, root, cwd, memory, pidfd;
};

/*
 * Whether the process certainly is still the runtime: its executable is kept from us, or another than this
 * program's. One that runs this program is the payload; one without an executable is dead or dying, and
 * proves nothing.
 */
static bool is_runtime(pid_t process, const struct stat *own)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/exe", process);
    if (stat(path, &status) < 0)
        return errno == EACCES || errno == EPERM;
    return status.st_dev != own->st_dev || status.st_ino != own->st_ino;
}

static bool reach_link(pid_t process, const char *name)
{
    char path[64];
    char target[PATH_MAX];

    snprintf(path, sizeof path, "/proc/%d/%s", process, name);
    return readlink(path, target, sizeof target) > 0;
}

static bool reach_descriptors(pid_t process)
{
    char path[64];
    bool reached = false;

    snprintf(path, sizeof path, "/proc/%d/fd", process);
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    /* The names alone may be listed by whoever owns the directory; what they lead to is the question. */
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char name[32];
        snprintf(name, sizeof name, "fd/%.20s", entry->d_name);
        if (entry->d_name[0] != '.' && reach_link(process, name))
            reached = true;
    }
    closedir(directory);
    return reached;
}

static bool reach_memory(pid_t process)
{
    char byte;
    struct iovec local = {&byte, 1};
    /* Any address answers EFAULT once the permission check has passed. */
    struct iovec remote = {(void *)1, 1};

    return process_vm_readv(process, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT;
}

static bool reach_pidfd(pid_t process)
{
    long pidfd = syscall(SYS_pidfd_open, process, 0);

    if (pidfd < 0)
        return false;
    long fd = syscall(SYS_pidfd_getfd, pidfd, 0, 0);
    close((int)pidfd);
    if (fd < 0)
        return false;
    close((int)fd);
    return true;
}

static bool reach_ptrace(pid_t process)
{
    if (ptrace(PTRACE_SEIZE, process, 0, 0) < 0)
        return false;
    ptrace(PTRACE_DETACH, process, 0, 0);
    return true;
}

static void stalk_process(pid_t process, const struct stat *own, struct stalked *found)
{
    if (!is_runtime(process, own))
        return;
    struct stalked attempt = {
        .descriptors = reach_descriptors(process),
        .root = reach_link(process, "root"),
        .cwd = reach_link(process, "cwd"),
        .memory = reach_memory(process),
        .pidfd = reach_pidfd(process),
        .ptrace = reach_ptrace(process),
    };
    found->seen++;
    /* What was reached counts only when the process had not become the payload in between. */
    if (!is_runtime(process, own))
        return;
    found->ptrace += attempt.ptrace;
    found->descriptors += attempt.descriptors;
    found->root += attempt.root;
    found->cwd += attempt.cwd;
    found->memory += attempt.memory;
    found->pidfd += attempt.pidfd;
}

/* stalk SECONDS: looks at every process of the PID namespace that does not run this program. */
static int stalk(int argc, char **argv)
{
    double seconds = (double)parse_number(argv[1]);
    struct stalked found = {0};
    struct stat own;

    (void)argc;
    end_at_term();
    if (stat("/proc/self/exe", &own) < 0)
        return 113;
    for (double end = now() + seconds; now() < end && !stop;) {
        DIR *proc = opendir("/proc");
        if (!proc)
            return 113;
        for (pid_t process; (process = next_process(proc)) != 0;)
            stalk_process(process, &own, &found);
        closedir(proc);
    }
    json_open(NULL, '{');
    json_unsigned("seen", found.seen);
    json_unsigned("ptrace", found.ptrace);
    json_unsigned("descriptors", found.descriptors);
    json_unsigned("root", found.root);
    json_unsigned("cwd", found.cwd);
    json_unsigned("memory", found.memory);
    json_unsigned("pidfd", found.pidfd);
    json_close('}');
    json_flush();
    return 0;
}

/* --- exchange: two names swapped without end (the racer of section "fixtures")
 * ----------------------------------- */

/* exchange FIRST SECOND SECONDS: swaps two names atomically until the time is over or TERM; prints the count.
 */
static int exchange(int argc, char **argv)
{
    double seconds = (double)parse_number(argv[3]);
    unsigned long long count = 0;

    (void)argc;
    end_at_term();
    for (double end = now() + seconds; now() < end && !stop; count++) {
        if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
            return tell_outcome("exchange", argv[1], -1);
    }
    json_open(NULL, '{');
    json_unsigned("exchanges", count);
    json_close('}');
    json_flush();
    return 0;
}

const struct probe_command probe_attack_commands[] = {
    {"own-binary", 1, "SECONDS", steal_binary},
    {"stalk", 1, "SECONDS", stalk},
    {"exchange", 3, "FIRST SECOND SECONDS", exchange},
    {NULL, 0, NULL, NULL},
};
