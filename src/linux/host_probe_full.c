/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Try each kernel interface rather than compare versions: a distribution's kernel has more than its number
 * says, and a seccomp filter around us (a container, an engine's sandbox) makes it less. What has effects is
 * tried in a child that is thrown away, and mounts in namespaces of its own.
 */
#include "linux/host_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"

/* Linux 5.19; older headers. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
    NO_DESCRIPTOR = 1 << 20
}; /* a number that is no descriptor of ours: known flags answer EBADF, unknown ones EINVAL */

static bool try_openat2(void)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    cleanup_fd int root = (int)syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));

    return root >= 0;
}

static bool try_close_range(void)
{
    return syscall(SYS_close_range, ~0U, ~0U, 0U) == 0;
}

static bool try_pidfd(void)
{
    cleanup_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

    return self >= 0;
}

static bool try_clone3(void)
{
    int pidfd = -1, status;
    struct clone_args arguments = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof(arguments));

    if (child == 0)
        _exit(0);
    if (child < 0)
        return false;
    descriptor_close(&pidfd);
    while (waitpid((pid_t)child, &status, 0) < 0 && errno == EINTR)
        ;
    return true;
}

/* 5.7: the structure with `cgroup` at its end is longer than older kernels accept (E2BIG). */
static bool try_clone_into_cgroup(void)
{
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = NO_DESCRIPTOR};
    long child = syscall(SYS_clone3, &arguments, sizeof(arguments));

    if (child == 0)
        _exit(0);
    return child < 0 && errno == EBADF;
}

static bool try_seccomp_flags(unsigned long flags)
{
    /* A known set of flags gets as far as the missing program. */
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static bool try_seccomp_notify(void)
{
    uint32_t action = SECCOMP_RET_USER_NOTIF;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 &&
           try_seccomp_flags(SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/* The smallest device program, "r0 = 1; exit", loaded and dropped. */
static bool try_device_bpf(void)
{
    struct bpf_insn program[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
                                 {.code = BPF_JMP | BPF_EXIT}};
    static const char license[] = "GPL";
    union bpf_attr attributes;
    int loaded;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uintptr_t)program;
    attributes.insn_cnt = ARRAY_LENGTH(program);
    attributes.license = (uintptr_t)license;
    loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
    if (loaded < 0)
        return false;
    close(loaded);
    return true;
}

/* Every cgroup but the root has the file since 5.14. */
static bool try_cgroup_kill(const struct host_facts *facts)
{
    char path[4096];
    struct text text = text_over(path, sizeof(path));
    uint64_t major, minor;
    const char *cursor = facts->kernel_release;

    if (facts->cgroup_layout == CGROUP_LAYOUT_NONE)
        return false;
    if (strcmp(facts->cgroup_own, "/") != 0) {
        text_append(&text, facts->cgroup_mount);
        text_append(&text, facts->cgroup_own);
        text_append(&text, "/cgroup.kill");
        return !text.overflow && access(path, F_OK) == 0;
    }
    /* In the root nothing can be looked at without making a cgroup: the version decides. */
    if (!number_scan_unsigned(&cursor, &major) || *cursor++ != '.' || !number_scan_unsigned(&cursor, &minor))
        return false;
    return major > 5 || (major == 5 && minor >= 14);
}

/* What the throw-away child found. */
struct mount_findings {
    bool api, setattr, idmap, procfs_subset;
};

static void try_mounts(struct mount_findings *findings)
{
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    struct mount_attr mapped = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = NO_DESCRIPTOR};
    cleanup_fd int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    cleanup_fd int mount = -1, processes = -1;

    if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return;
    mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    findings->api = mount >= 0;
    if (mount < 0)
        return;
    findings->setattr =
        syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) == 0;
    findings->idmap =
        syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &mapped, sizeof(mapped)) < 0 && errno == EBADF;
    processes = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
    findings->procfs_subset =
        processes >= 0 && syscall(SYS_fsconfig, processes, FSCONFIG_SET_STRING, "subset", "pid", 0) == 0;
}

static _Noreturn void mount_child(int report)
{
    struct mount_findings findings = {0};

    /* With the right to, a mount namespace is enough; without, a user namespace gives it. */
    if (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
        try_mounts(&findings);
    _exit(descriptor_write_all(report, &findings, sizeof(findings)) == 0 ? 0 : 1);
}

static int probe_mounts(struct host_facts *facts, struct error *error)
{
    struct mount_findings findings = {0};
    cleanup_fd int reader = -1, writer = -1;
    int ends[2], status;
    ssize_t length;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_system(error, errno, "make a pipe");
    reader = ends[0];
    writer = ends[1];
    child = fork();
    if (child < 0)
        return error_system(error, errno, "start a process to try mounts");
    if (child == 0)
        mount_child(writer);
    descriptor_close(&writer);
    do
        length = read(reader, &findings, sizeof(findings));
    while (length < 0 && errno == EINTR);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    /* A filter around us may kill for such a call: then there are none of them. */
    if (length != (ssize_t)sizeof(findings))
        memset(&findings, 0, sizeof(findings));
    facts->has_mount_api = findings.api;
    facts->has_mount_setattr = findings.setattr;
    facts->has_idmapped_mounts = findings.idmap;
    facts->has_procfs_subset = findings.procfs_subset;
    return 0;
}

int host_probe_interfaces(struct host_facts *facts, struct error *error)
{
    char noexec[8];

    facts->has_openat2 = try_openat2();
    facts->has_close_range = try_close_range();
    facts->has_pidfd = try_pidfd();
    facts->has_clone3 = try_clone3();
    facts->has_clone_into_cgroup = try_clone_into_cgroup();
    facts->has_seccomp_notify = try_seccomp_notify();
    facts->has_seccomp_wait_killable =
        try_seccomp_flags(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    facts->has_cgroup_device_bpf = try_device_bpf();
    facts->has_cgroup_kill = try_cgroup_kill(facts);
    facts->has_time_namespace = access("/proc/self/ns/time", F_OK) == 0;
    /* 0 and 1 let a memory file be executable when it is asked for by flag. */
    facts->memfd_noexec =
        descriptor_read_file_at(AT_FDCWD, "/proc/sys/vm/memfd_noexec", noexec, sizeof(noexec)) == 1 &&
        noexec[0] == '2';
    return probe_mounts(facts, error);
}
