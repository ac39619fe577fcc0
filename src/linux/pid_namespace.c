/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking /proc for the processes of a PID namespace. */
#include "linux/pid_namespace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/process_identity.h"

/* The kernel's own limit (MAX_PID_NS_LEVEL). */
enum { PID_NAMESPACE_LEVELS = 32, FIRST_CAPACITY = 64 };

struct namespace
{
    dev_t device;
    ino_t inode;
};

static bool same(const struct namespace *left, const struct namespace *right)
{
    return left->device == right->device && left->inode == right->inode;
}

static int identify(int descriptor, struct namespace *namespace)
{
    struct stat status;

    if (fstat(descriptor, &status) != 0)
        return -1;
    *namespace = (struct namespace){.device = status.st_dev, .inode = status.st_ino};
    return 0;
}

/* A descriptor of the namespace of process name, or -1 with errno. */
static int open_namespace(int proc, const char *name)
{
    char path[64];

    if (text_print(path, sizeof(path), "%s/ns/pid", name) != 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

/* Is process name in wanted, or in a namespace below it? 1 or 0, or -1 with errno. */
static int is_within(int proc, const char *name, const struct namespace *wanted, const struct namespace *own)
{
    cleanup_fd int level = open_namespace(proc, name);

    if (level < 0)
        /* Ended, or somebody's whom we may not look at. */
        return errno == ENOENT || errno == ESRCH || errno == EACCES || errno == EPERM ? 0 : -1;
    for (int i = 0; i < PID_NAMESPACE_LEVELS; i++) {
        struct namespace here;
        int parent;

        if (identify(level, &here) != 0)
            return -1;
        if (same(&here, wanted))
            return 1;
        if (same(&here, own))
            return 0;
        parent = ioctl(level, NS_GET_PARENT);
        if (parent < 0)
            return errno == EPERM ? 0 : -1; /* EPERM: above ours there is nothing to see */
        descriptor_close(&level);
        level = parent;
    }
    return 0;
}

static void add(struct arena *arena, pid_t **pids, size_t *count, size_t *capacity, pid_t pid)
{
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
        pid_t *items = arena_array(arena, larger, sizeof(*items));

        if (*count > 0)
            memcpy(items, *pids, *count * sizeof(*items));
        *pids = items;
        *capacity = larger;
    }
    (*pids)[(*count)++] = pid;
}

static int walk(DIR *stream, const struct namespace *wanted, const struct namespace *own, struct arena *arena,
                pid_t **pids, size_t *count)
{
    size_t capacity = 0;

    errno = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        uint64_t pid;
        int within;

        if (number_unsigned(entry->d_name, INT32_MAX, &pid)) {
            within = is_within(dirfd(stream), entry->d_name, wanted, own);
            if (within < 0)
                return -1;
            if (within == 1)
                add(arena, pids, count, &capacity, (pid_t)pid);
        }
        errno = 0;
    }
    return errno == 0 ? 0 : -1;
}

/* 1, 0 when init has ended, -1. */
static int namespaces_of(int proc, pid_t init, int pidfd, struct namespace *wanted, struct namespace *own,
                         struct error *error)
{
    cleanup_fd int of_init = -1, ours = -1;
    char name[16];
    int number, ended;

    text_print(name, sizeof(name), "%d", (int)init);
    of_init = open_namespace(proc, name);
    number = errno;
    ended = process_wait_end(pidfd, 0, error);
    if (ended < 0)
        return -1;
    if (ended == 1)
        return 0;
    if (of_init < 0)
        return error_system(error, number, "looking at the PID namespace of process %d", (int)init);
    ours = open_namespace(proc, "self");
    if (ours < 0 || identify(of_init, wanted) != 0 || identify(ours, own) != 0)
        return error_system(error, errno, "telling PID namespaces apart");
    return 1;
}

int pid_namespace_processes(pid_t init, int pidfd, struct arena *arena, pid_t **pids, size_t *count,
                            struct error *error)
{
    struct namespace wanted = {0}, own = {0};
    DIR *stream;
    int result;

    *pids = NULL;
    *count = 0;
    if (host_proc_require(error) != 0)
        return -1;
    stream = opendir("/proc");
    if (stream == NULL)
        return error_system(error, errno, "reading /proc");
    result = namespaces_of(dirfd(stream), init, pidfd, &wanted, &own, error);
    if (result == 1) {
        result = walk(stream, &wanted, &own, arena, pids, count);
        if (result != 0)
            error_system(error, errno, "reading the processes of /proc");
    }
    (void)closedir(stream);
    return result;
}
