/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came out of the images, compared with the grant. */
#include "linux/restore_verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/cgroup.h"
#include "linux/host_proc.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"
#include "linux/namespaces.h"
#include "linux/restore_mounts.h"
#include "linux/rootfs_path.h"

enum { STATUS_BYTES_MAX = 16 * 1024, PATH_BYTES = 96 };

/* ---- one thread ---- */

static bool find_line(const char *text, const char *word, const char **value)
{
    char wanted[32];

    (void)text_print(wanted, sizeof(wanted), "\n%s:\t", word);
    *value = strstr(text, wanted);
    if (*value == NULL)
        return false;
    *value += strlen(wanted);
    return true;
}

bool restore_parse_status(const char *text, struct restore_credentials *credentials)
{
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    const char *value;
    uint64_t number;

    *credentials = (struct restore_credentials){0};
    for (size_t i = 0; i < ARRAY_LENGTH(sets); i++) {
        char *end;

        if (!find_line(text, sets[i], &value))
            return false;
        number = strtoull(value, &end, 16);
        if (end == value || *end != '\n')
            return false;
        credentials->capabilities |= number;
    }
    if (!find_line(text, "NoNewPrivs", &value) || !number_scan_unsigned(&value, &number))
        return false;
    credentials->no_new_privileges = number != 0;
    if (!find_line(text, "Seccomp", &value) || !number_scan_unsigned(&value, &number))
        return false;
    credentials->filtered = number != 0;
    return true;
}

const char *restore_judge(const struct plan_process *process, const struct restore_credentials *credentials,
                          bool in_container_user_namespace)
{
    const struct plan_capabilities *granted = &process->capabilities;
    const uint64_t all =
        granted->bounding | granted->effective | granted->inheritable | granted->permitted | granted->ambient;

    if (in_container_user_namespace && (credentials->capabilities & ~all) != 0)
        return "has capabilities beyond process/capabilities";
    if (process->no_new_privileges && !credentials->no_new_privileges)
        return "may gain privileges, against process/noNewPrivileges";
    if (process->seccomp != NULL && !credentials->filtered)
        return "has no filter, against linux/seccomp";
    return NULL;
}

/* With it a program mounts what it likes, and its dump says so. */
static bool may_mount(const struct plan *plan)
{
    const struct plan_capabilities *sets = &plan->process->capabilities;

    return ((sets->bounding | sets->permitted | sets->inheritable | sets->ambient) >> CAP_SYS_ADMIN & 1) != 0;
}

/* ---- all of them ---- */

struct check {
    const struct plan *plan;
    struct stat user_namespace;  /* of the first process */
    struct stat mount_namespace; /* likewise, where nobody can have left it; else all zero */
};

static bool same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static int look_at_thread(const struct check *check, pid_t pid, const char *thread, struct error *error)
{
    char path[PATH_BYTES], text[STATUS_BYTES_MAX];
    struct restore_credentials credentials;
    struct stat user, mounts;
    const char *beyond;

    (void)text_print(path, sizeof(path), "/proc/%d/task/%.16s/ns/user", (int)pid, thread);
    if (stat(path, &user) != 0)
        /* A process that had ended when it was dumped, and waits for its parent. */
        return errno == ENOENT ? 0 : error_system(error, errno, "look at the restored process %d", (int)pid);
    (void)text_print(path, sizeof(path), "/proc/%d/task/%.16s/status", (int)pid, thread);
    if (descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0)
        return error_system(error, errno, "look at the restored process %d", (int)pid);
    if (!restore_parse_status(text, &credentials))
        return error_set(error, ERROR_SYSTEM, "look at the restored process %d: %s has an unknown form",
                         (int)pid, path);
    beyond = restore_judge(check->plan->process, &credentials, same(&user, &check->user_namespace));
    if (beyond == NULL && check->mount_namespace.st_ino != 0) {
        (void)text_print(path, sizeof(path), "/proc/%d/task/%.16s/ns/mnt", (int)pid, thread);
        if (stat(path, &mounts) != 0)
            return error_system(error, errno, "look at %s", path);
        if (!same(&mounts, &check->mount_namespace))
            beyond = "has mounts of its own, without CAP_SYS_ADMIN in process/capabilities";
    }
    if (beyond == NULL)
        return 0;
    return error_set(error, ERROR_DENIED,
                     "the images hold more than the container is granted: process %d %s; restore them with "
                     "the configuration that they were dumped with",
                     (int)pid, beyond);
}

static int look_at_process(const struct check *check, pid_t pid, struct error *error)
{
    char path[PATH_BYTES];
    DIR *threads;
    int result = 0;

    (void)text_print(path, sizeof(path), "/proc/%d/task", (int)pid);
    threads = opendir(path);
    if (threads == NULL)
        return error_system(error, errno, "look at the restored process %d", (int)pid);
    for (const struct dirent *entry = readdir(threads); entry != NULL && result == 0;
         entry = readdir(threads))
        if (entry->d_name[0] != '.')
            result = look_at_thread(check, pid, entry->d_name, error);
    closedir(threads);
    return result;
}

static const struct {
    uint64_t flag;
    const char *name;
} namespace_kinds[] = {{CLONE_NEWUSER, "user"}, {CLONE_NEWPID, "pid"}, {CLONE_NEWNET, "net"},
                       {CLONE_NEWNS, "mnt"},    {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"}};

/* A namespace was granted by its path: no other must have come of it. */
static int check_joined(const struct plan_namespace *namespace, const struct stat *theirs,
                        struct error *error)
{
    struct stat wanted;

    if (stat(namespace->path.text, &wanted) != 0)
        return error_system(error, errno, "look at %s", namespace->path.text);
    if (same(&wanted, theirs))
        return 0;
    return error_set(error, ERROR_DENIED,
                     "the images do not join the %s namespace %s, against linux/namespaces: they are of a "
                     "container with another one",
                     namespace->name, namespace->path.text);
}

/* A namespace of its own was granted: the runtime's must not be what came of it. */
static int check_own(const char *name, const struct stat *theirs, struct error *error)
{
    char path[PATH_BYTES];
    struct stat own;

    (void)text_print(path, sizeof(path), "/proc/self/ns/%s", name);
    if (stat(path, &own) != 0)
        return error_system(error, errno, "look at %s", path);
    if (!same(&own, theirs))
        return 0;
    return error_set(error, ERROR_DENIED,
                     "the images hold no %s namespace of the container's own, against "
                     "linux/namespaces: it would share the host's",
                     name);
}

static int check_namespaces(const struct plan_namespaces *plan, pid_t init, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(namespace_kinds); i++) {
        char path[PATH_BYTES];
        struct stat theirs;

        (void)text_print(path, sizeof(path), "/proc/%d/ns/%s", (int)init, namespace_kinds[i].name);
        if (stat(path, &theirs) != 0)
            return error_system(error, errno, "look at %s", path);
        if ((plan->new_flags & namespace_kinds[i].flag) != 0 &&
            check_own(namespace_kinds[i].name, &theirs, error) != 0)
            return -1;
        for (size_t j = 0; j < plan->count; j++)
            if (plan->items[j].flag == namespace_kinds[i].flag && plan->items[j].path.text != NULL &&
                check_joined(&plan->items[j], &theirs, error) != 0)
                return -1;
    }
    return 0;
}

/* ---- mounts ---- */

static int beyond_mounts(const char *what, const char *path, struct error *error)
{
    return error_set(error, ERROR_DENIED,
                     "the images hold more than the container is granted: %s is not %s; restore them with "
                     "the configuration that they were dumped with",
                     path, what);
}

/* 1: *found is what lies there, 0: nothing does. */
static int find(int root, struct container_path path, bool follow, int *found, struct error *error)
{
    struct error refused = {0};

    if (rootfs_path_find(root, path, follow, found, &refused) == 0)
        return 1;
    if (refused.system_errno == ENOENT || refused.system_errno == ENOTDIR)
        return 0;
    *error = refused;
    return -1;
}

static int check_masked(int root, struct container_path path, struct error *error)
{
    cleanup_fd int found = -1;
    struct statx status;
    int result = find(root, path, false, &found, error);

    if (result <= 0)
        return result;
    if (statx(found, "", AT_EMPTY_PATH, STATX_TYPE, &status) != 0)
        return error_system(error, errno, "look at %s in the container", path.text);
    if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
        (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
        return beyond_mounts("masked (linux/maskedPaths)", path.text, error);
    return 0;
}

static int check_read_only(int root, struct container_path path, const char *what, struct error *error)
{
    cleanup_fd int found = -1;
    uint64_t attributes;
    int result = find(root, path, true, &found, error);

    if (result <= 0)
        return result;
    if (mount_attributes_read(found, &attributes, error) != 0)
        return error_prefix(error, "look at %s in the container", path.text);
    return (attributes & MOUNT_ATTR_RDONLY) != 0 ? 0 : beyond_mounts(what, path.text, error);
}

static int check_mounts(const struct plan *whole, pid_t init, struct error *error)
{
    const struct container_path top = {"/"};
    const struct plan_rootfs *plan = &whole->rootfs;
    cleanup_fd int root = -1;

    if (!plan->new_mount_namespace)
        return 0;
    if (namespaces_open_root(init, &root, error) != 0)
        return -1;
    for (size_t i = 0; i < plan->masked_count; i++)
        if (check_masked(root, plan->masked[i], error) != 0)
            return -1;
    for (size_t i = 0; i < plan->readonly_count; i++)
        if (check_read_only(root, plan->readonly[i], "read-only (linux/readonlyPaths)", error) != 0)
            return -1;
    if (plan->read_only && check_read_only(root, top, "read-only (root/readonly)", error) != 0)
        return -1;
    return may_mount(whole) ? 0 : restore_mounts_check(whole, init, root, error);
}

int restore_verify(const struct plan *plan, pid_t init, pid_t criu, struct error *error)
{
    const struct plan_cgroup *cgroup = &plan->cgroup;
    cleanup_arena struct arena arena = {0};
    struct check check = {.plan = plan};
    char path[PATH_BYTES];
    pid_t *pids = &init;
    size_t count = 1;

    if (plan->process == NULL)
        return 0;
    (void)text_print(path, sizeof(path), "/proc/%d/ns/user", (int)init);
    if (host_proc_require(error) != 0)
        return -1;
    if (stat(path, &check.user_namespace) != 0)
        return error_system(error, errno, "look at the restored process %d", (int)init);
    (void)text_print(path, sizeof(path), "/proc/%d/ns/mnt", (int)init);
    if (plan->rootfs.new_mount_namespace && !may_mount(plan) && stat(path, &check.mount_namespace) != 0)
        return error_system(error, errno, "look at the restored process %d", (int)init);
    if (check_namespaces(&plan->namespaces, init, error) != 0 || check_mounts(plan, init, error) != 0)
        return -1;
    if (cgroup->manager != PLAN_CGROUP_DISABLED && cgroup->path != NULL &&
        cgroup_processes(cgroup->mount, cgroup->path, &arena, &pids, &count, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (pids[i] != criu && look_at_process(&check, pids[i], error) != 0)
            return -1;
    return 0;
}
