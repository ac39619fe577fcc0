/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining namespaces, and explaining those that cannot be made. */
#include "linux/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/path_facts.h"
#include "linux/procfs.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

bool namespaces_same(int descriptor, int other)
{
    struct stat left, right;

    return fstat(descriptor, &left) == 0 && fstat(other, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

/* Is the open file a namespace of the kind that flag says? */
static int check_kind(int descriptor, uint64_t flag, const char *name, const char *path, struct error *error)
{
    struct statfs file_system;
    int kind;

    if (fstatfs(descriptor, &file_system) < 0)
        return error_system(error, errno, "look at the %s namespace \"%s\"", name, path);
    /* Before the ioctl: its number may mean anything to some other file. */
    if (file_system.f_type != NSFS_MAGIC)
        return error_set(error, ERROR_INVALID,
                         "linux.namespaces: \"%s\" is no namespace (a %s namespace is asked for)", path,
                         name);
    kind = ioctl(descriptor, NS_GET_NSTYPE);
    if (kind < 0)
        return error_system(error, errno, "ask for the type of the %s namespace \"%s\"", name, path);
    if ((uint64_t)kind != flag)
        return error_set(error, ERROR_INVALID, "linux.namespaces: \"%s\" is a namespace, but no %s namespace",
                         path, name);
    return 0;
}

int namespaces_open_of(pid_t pid, const char *name, uint64_t flag, struct error *error)
{
    char path[64], process[16] = "self";
    cleanup_fd int descriptor = -1;

    if (host_proc_require(error) < 0)
        return -1;
    if (pid != 0)
        snprintf(process, sizeof(process), "%d", (int)pid);
    if (text_print(path, sizeof(path), "/proc/%s/ns/%s", process, name) < 0)
        return error_set(error, ERROR_INVALID, "no namespace has the name \"%s\"", name);
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_system(error, errno, "open \"%s\"", path);
    if (check_kind(descriptor, flag, name, path, error) < 0)
        return -1;
    return take_fd(&descriptor);
}

int namespaces_open_root(pid_t pid, int *root, struct error *error)
{
    char path[64];

    if (host_proc_require(error) < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    *root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*root < 0)
        return error_system(error, errno, "open \"%s\"", path);
    return 0;
}

/* setns(2) refuses the user namespace that one is in already; that is no reason to fail. */
static int leave_out_own_user(int descriptor, uint64_t *flags, struct error *error)
{
    cleanup_fd int own = namespaces_open_of(0, "user", CLONE_NEWUSER, error);

    if (own < 0)
        return -1;
    if (namespaces_same(descriptor, own))
        *flags &= ~(uint64_t)CLONE_NEWUSER;
    return 0;
}

/* What was put in its place since a policy decided (a link, another mount) is not joined. */
static int check_judged(int descriptor, const struct plan_namespace *item, struct error *error)
{
    uint64_t device, inode;

    if (!item->judged)
        return 0;
    if (path_object_of(descriptor, &device, &inode) < 0)
        return error_system(error, errno, "look at the %s namespace \"%s\"", item->name, item->path.text);
    if (device == item->judged_device && inode == item->judged_inode)
        return 0;
    return error_set(error, ERROR_DENIED,
                     "the %s namespace \"%s\" is not what the policy decided on: another one was put in its "
                     "place meanwhile",
                     item->name, item->path.text);
}

int namespaces_open(const struct plan_namespaces *plan, struct namespace_handles *handles,
                    struct error *error)
{
    if (plan->count > NAMESPACES_MAX)
        return error_set(error, ERROR_INVALID, "linux.namespaces: more than %d", NAMESPACES_MAX);
    handles->count = plan->count;
    handles->flags = plan->join_flags;
    for (size_t i = 0; i < NAMESPACES_MAX; i++)
        handles->descriptors[i] = -1;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_namespace *item = &plan->items[i];

        if (item->path.text == NULL)
            continue;
        /* O_NONBLOCK: a fifo in its place must not hold us. */
        handles->descriptors[i] = open(item->path.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (handles->descriptors[i] < 0) {
            error_system(error, errno, "linux.namespaces: open the %s namespace \"%s\"", item->name,
                         item->path.text);
            namespaces_close(handles);
            return -1;
        }
        if (check_kind(handles->descriptors[i], item->flag, item->name, item->path.text, error) < 0 ||
            check_judged(handles->descriptors[i], item, error) < 0 ||
            (item->flag == CLONE_NEWUSER &&
             leave_out_own_user(handles->descriptors[i], &handles->flags, error) < 0)) {
            namespaces_close(handles);
            return -1;
        }
    }
    return 0;
}

void namespaces_close(struct namespace_handles *handles)
{
    for (size_t i = 0; i < handles->count; i++)
        descriptor_close(&handles->descriptors[i]);
}

int namespaces_descriptor(const struct plan_namespaces *plan, const struct namespace_handles *handles,
                          uint64_t flag)
{
    for (size_t i = 0; i < handles->count; i++)
        if (plan->items[i].flag == flag)
            return handles->descriptors[i];
    return -1;
}

static int join_one(const struct plan_namespace *item, int descriptor, uint64_t *refused, struct error *error)
{
    if (setns(descriptor, (int)item->flag) == 0)
        return 0;
    if (errno == EPERM && refused != NULL) {
        *refused |= item->flag;
        return 0;
    }
    if (errno == EPERM)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "linux.namespaces: joining the %s namespace \"%s\" is not permitted: it takes CAP_SYS_ADMIN in "
            "the user namespace that owns it",
            item->name, item->path.text);
    if (errno == EINVAL && item->flag == CLONE_NEWPID)
        return error_set(error, ERROR_UNSUPPORTED,
                         "linux.namespaces: the pid namespace \"%s\" cannot be joined: it is not beneath the "
                         "runtime's own",
                         item->path.text);
    return error_system(error, errno, "linux.namespaces: join the %s namespace \"%s\"", item->name,
                        item->path.text);
}

/* Join those of one round: the user namespace, what is between, the mount namespace. */
static int join_round(const struct plan_namespaces *plan, const struct namespace_handles *handles,
                      uint64_t flags, uint64_t *refused, struct error *error)
{
    for (size_t i = 0; i < handles->count; i++)
        if (handles->descriptors[i] >= 0 && (plan->items[i].flag & flags) != 0 &&
            join_one(&plan->items[i], handles->descriptors[i], refused, error) < 0)
            return -1;
    return 0;
}

int namespaces_join(const struct plan_namespaces *plan, const struct namespace_handles *handles,
                    uint64_t flags, uint64_t *refused, struct error *error)
{
    const uint64_t first = CLONE_NEWUSER, last = CLONE_NEWNS, joined = flags & handles->flags;

    if (joined == 0)
        return 0;
    if (join_round(plan, handles, joined & first, refused, error) < 0 ||
        join_round(plan, handles, joined & ~first & ~last, refused, error) < 0)
        return -1;
    return join_round(plan, handles, joined & last, refused, error);
}

/* ---- explanations ---- */

struct namespace_limit {
    uint64_t flag;
    const char *name;
    const char *sysctl;
};

static const struct namespace_limit limits[] = {
    {CLONE_NEWUSER, "user", "max_user_namespaces"},       {CLONE_NEWPID, "pid", "max_pid_namespaces"},
    {CLONE_NEWNET, "network", "max_net_namespaces"},      {CLONE_NEWNS, "mount", "max_mnt_namespaces"},
    {CLONE_NEWIPC, "ipc", "max_ipc_namespaces"},          {CLONE_NEWUTS, "uts", "max_uts_namespaces"},
    {CLONE_NEWCGROUP, "cgroup", "max_cgroup_namespaces"}, {CLONE_NEWTIME, "time", "max_time_namespaces"},
};

/* A sysctl's value, or fallback when it does not exist here. Only for messages. */
static uint64_t sysctl_value(const char *path, uint64_t fallback)
{
    char text[32];
    uint64_t value;

    if (descriptor_read_file_at(AT_FDCWD, path, text, sizeof(text)) < 0 ||
        !number_unsigned(text, UINT64_MAX, &value))
        return fallback;
    return value;
}

static void list_names(uint64_t flags, struct text *text)
{
    for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
        if ((limits[i].flag & flags) == 0)
            continue;
        if (text->length > 0)
            text_append(text, ", ");
        text_append(text, limits[i].name);
    }
}

static int explain_limit(uint64_t flags, const char *names, struct error *error)
{
    for (size_t i = 0; i < ARRAY_LENGTH(limits); i++) {
        char path[64];

        if ((limits[i].flag & flags) != 0 &&
            text_print(path, sizeof(path), "/proc/sys/user/%s", limits[i].sysctl) == 0 &&
            sysctl_value(path, 1) == 0)
            return error_set(error, ERROR_UNSUPPORTED,
                             "make a %s namespace: none may be made on this host (sysctl user.%s is 0)",
                             limits[i].name, limits[i].sysctl);
    }
    return error_set(
        error, ERROR_LIMIT,
        "make new namespaces (%s): one of the limits user.max_*_namespaces is reached, or they are nested "
        "more than 32 deep",
        names);
}

static int explain_user(struct error *error)
{
    if (sysctl_value("/proc/sys/user/max_user_namespaces", 1) == 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "make a user namespace: none may be made on this host (sysctl user.max_user_namespaces is 0)");
    if (sysctl_value("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "make a user namespace: not permitted to users (sysctl kernel.unprivileged_userns_clone is 0)");
    if (sysctl_value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
        return error_set(error, ERROR_UNSUPPORTED,
                         "make a user namespace: AppArmor restricts them (sysctl "
                         "kernel.apparmor_restrict_unprivileged_userns is "
                         "1): give the runtime a profile with \"userns,\"");
    return error_set(error, ERROR_UNSUPPORTED,
                     "make a user namespace: not permitted: what the runtime runs in forbids it (its seccomp "
                     "filter, a chroot, or "
                     "ids without a mapping)");
}

int namespaces_explain(const struct plan_namespaces *plan, uint64_t flags, int number, struct error *error)
{
    char buffer[128];
    struct text names = text_over(buffer, sizeof(buffer));
    const uint64_t kinds = flags & (plan->new_flags | CLONE_NEWUSER | CLONE_NEWTIME);

    list_names(kinds, &names);
    switch (number) {
    case ENOSPC:
    case EUSERS: /* before Linux 4.9 */
        return explain_limit(kinds, names.bytes, error);
    case EPERM:
        if ((kinds & CLONE_NEWUSER) != 0)
            return explain_user(error);
        return error_set(
            error, ERROR_UNSUPPORTED,
            "make new namespaces (%s): not permitted: without CAP_SYS_ADMIN the configuration needs a user "
            "namespace (linux.namespaces, uidMappings, gidMappings), or the runtime must be started as root",
            names.bytes);
    case EINVAL:
        return error_set(error, ERROR_UNSUPPORTED,
                         "make new namespaces (%s): this kernel does not have one of these kinds",
                         names.bytes);
    case EAGAIN:
        return error_set(error, ERROR_LIMIT,
                         "start the container's process: no more processes are allowed (RLIMIT_NPROC, "
                         "kernel.pid_max, or the "
                         "pids limit of a cgroup above)");
    default:
        return error_system(error, number, "start the container's process in new namespaces (%s)",
                            names.bytes);
    }
}

static int write_time_offsets(const struct plan_namespaces *plan, struct error *error)
{
    char buffer[256];
    struct text text = text_over(buffer, sizeof(buffer));
    cleanup_fd int procfs = -1;

    if (plan->time_offset_count == 0)
        return 0;
    for (size_t i = 0; i < plan->time_offset_count; i++)
        text_append_format(&text, "%s %lld %u\n", plan->time_offsets[i].clock,
                           (long long)plan->time_offsets[i].seconds, plan->time_offsets[i].nanoseconds);
    if (text_complete(&text, "linux.timeOffsets", error) < 0)
        return -1;
    procfs = procfs_open(PROCFS_PROCESSES, NULL, error);
    if (procfs < 0)
        return -1;
    if (procfs_write(procfs, "self/timens_offsets", text.bytes, error) < 0)
        return error_prefix(error, "linux.timeOffsets");
    return 0;
}

int namespaces_make_time(const struct plan_namespaces *plan, struct error *error)
{
    if ((plan->new_flags & CLONE_NEWTIME) == 0)
        return 0;
    if (unshare(CLONE_NEWTIME) < 0)
        return namespaces_explain(plan, CLONE_NEWTIME, errno, error);
    return write_time_offsets(plan, error);
}
