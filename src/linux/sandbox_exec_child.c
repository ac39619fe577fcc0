/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that is added to a container: one call a line, above it what fixes its place. */
#include "linux/sandbox_exec_child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/credentials.h"
#include "linux/host_proc.h"
#include "linux/namespaces.h"
#include "linux/pre_exec.h"
#include "linux/rootfs.h"
#include "linux/sandbox_clone.h"
#include "linux/sandbox_message.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static int die_with_parent(struct sandbox_exec_child *child, struct error *error)
{
    descriptor_close(&child->parent_end);
    if (pre_exec_die_with_parent(child->control) < 0)
        return error_system(error, errno, "tie the process to the runtime");
    return 0;
}

/* ---- joining ---- */

/* All kinds, by their names in /proc/PID/ns. */
static const struct plan_namespace kinds[] = {
    {.flag = CLONE_NEWUSER, .name = "user"}, {.flag = CLONE_NEWPID, .name = "pid"},
    {.flag = CLONE_NEWNET, .name = "net"},   {.flag = CLONE_NEWNS, .name = "mnt"},
    {.flag = CLONE_NEWIPC, .name = "ipc"},   {.flag = CLONE_NEWUTS, .name = "uts"},
    {.flag = CLONE_NEWTIME, .name = "time"}, {.flag = CLONE_NEWCGROUP, .name = "cgroup"},
};
_Static_assert(ARRAY_LENGTH(kinds) <= NAMESPACES_MAX, "they are opened all at once");

/* A user namespace that the container joined may be the one that we are in, which setns refuses. */
static int leave_out_own_user(const struct sandbox_exec_child *child, uint64_t *flags, struct error *error)
{
    cleanup_fd int own = -1, theirs = -1;

    if ((child->request->container->namespaces.join_flags & CLONE_NEWUSER) == 0)
        return 0;
    own = namespaces_open_of(0, "user", CLONE_NEWUSER, error);
    theirs = own < 0 ? -1 : namespaces_open_of(child->request->init.pid, "user", CLONE_NEWUSER, error);
    if (theirs < 0)
        return -1;
    if (namespaces_same(own, theirs))
        *flags &= ~(uint64_t)CLONE_NEWUSER;
    return 0;
}

/* 1: init is in another namespace of this kind than we are, 0: in the same, or the kernel has none. */
static int differs(pid_t init, const char *name, struct error *error)
{
    struct stat own, theirs;
    char path[64];

    (void)text_print(path, sizeof(path), "/proc/self/ns/%s", name);
    if (stat(path, &own) < 0)
        return errno == ENOENT ? 0 : error_system(error, errno, "look at \"%s\"", path);
    (void)text_print(path, sizeof(path), "/proc/%d/ns/%s", (int)init, name);
    if (stat(path, &theirs) < 0)
        return error_system(error, errno, "look at \"%s\"", path);
    return own.st_dev != theirs.st_dev || own.st_ino != theirs.st_ino;
}

/*
 * Kinds that the configuration does not name are those of the container's creator. Who adds a process may
 * stand elsewhere (`ip netns exec`, another mount namespace), and would then put it beside the container
 * instead of into it. The user namespace is left out: it comes with a change of ids that only the plan knows.
 */
static int add_creators(const struct sandbox_exec_child *child, uint64_t *flags, struct error *error)
{
    SANDBOX_STEP(host_proc_require(error));
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        int other;

        if (kinds[i].flag == CLONE_NEWUSER || (*flags & kinds[i].flag) != 0)
            continue;
        other = differs(child->request->init.pid, kinds[i].name, error);
        if (other < 0)
            return -1;
        *flags |= other > 0 ? kinds[i].flag : 0;
    }
    return 0;
}

/* Before Linux 5.8: each by its file, opened while the process is certainly still the one we verified. */
static int join_by_files(const struct sandbox_exec_child *child, uint64_t flags, struct error *error)
{
    const struct plan_namespaces all = {.items = kinds, .count = ARRAY_LENGTH(kinds)};
    struct namespace_handles handles = {.count = all.count, .flags = flags};
    int result = 0;

    memset(handles.descriptors, -1, sizeof(handles.descriptors));
    for (size_t i = 0; i < all.count && result == 0; i++) {
        if ((kinds[i].flag & flags) == 0)
            continue;
        handles.descriptors[i] =
            namespaces_open_of(child->request->init.pid, kinds[i].name, kinds[i].flag, error);
        result = handles.descriptors[i] < 0 ? -1 : 0;
    }
    if (result == 0 && pidfd_send_signal(child->init, 0, NULL, 0) < 0)
        result = error_set(error, ERROR_STATE, "the container's init ended while a process was added");
    if (result == 0)
        result = namespaces_join(&all, &handles, flags, NULL, error);
    namespaces_close(&handles);
    return result;
}

static int join_error(int number, struct error *error)
{
    switch (number) {
    case ESRCH:
        return error_set(error, ERROR_STATE, "the container's init ended while a process was added");
    case EPERM:
    case EACCES:
        return error_set(error, ERROR_UNSUPPORTED,
                         "enter the container's namespaces: not permitted: it takes the rights over its init "
                         "that ptrace takes, and "
                         "CAP_SYS_ADMIN in the user namespaces that own the container's");
    default:
        return error_system(error, number, "enter the container's namespaces");
    }
}

static int join_namespaces(const struct sandbox_exec_child *child, struct error *error)
{
    const struct plan_namespaces *plan = &child->request->container->namespaces;
    uint64_t flags = plan->new_flags | plan->join_flags;

    SANDBOX_STEP(leave_out_own_user(child, &flags, error));
    SANDBOX_STEP(add_creators(child, &flags, error));
    if (flags == 0 || setns(child->init, (int)flags) == 0)
        return 0;
    if (errno == EINVAL)
        return join_by_files(child, flags, error);
    if (errno != EPERM || (flags & CLONE_NEWUSER) == 0)
        return join_error(errno, error);
    /* Some belong to a user namespace above the container's: with root's rights first, then the user
     * namespace. */
    if (setns(child->init, (int)(flags & ~(uint64_t)CLONE_NEWUSER)) < 0 ||
        setns(child->init, CLONE_NEWUSER) < 0)
        return join_error(errno, error);
    return 0;
}

static int own_user_namespace(const struct sandbox_exec_child *child, struct error *error)
{
    const struct plan_namespaces *plan = &child->request->container->namespaces;

    if (((plan->new_flags | plan->join_flags) & CLONE_NEWUSER) == 0)
        return 0;
    SANDBOX_STEP(credentials_become_namespace_root(plan, error));
    if (pre_exec_set_dumpable(false) < 0 || pre_exec_renew_death_signal() < 0)
        return error_system(error, errno, "protect the process in the container's user namespace");
    return 0;
}

/* Without a mount namespace of its own the container has only a root of its own: init's. */
static int open_root(const struct sandbox_exec_child *child, int *root, struct error *error)
{
    if (child->request->container->rootfs.new_mount_namespace)
        return 0;
    SANDBOX_STEP(namespaces_open_root(child->request->init.pid, root, error));
    if (pidfd_send_signal(child->init, 0, NULL, 0) < 0)
        return error_set(error, ERROR_STATE, "the container's init ended while a process was added");
    return 0;
}

static int enter_root(int root, struct error *error)
{
    if (root >= 0 && (fchdir(root) < 0 || chroot(".") < 0))
        return error_system(error, errno, "enter the container's root");
    return 0;
}

/* ---- terminal ---- */

static int make_terminal(const struct sandbox_exec_child *child, int *slave, struct error *error)
{
    static const char name[] = "/dev/ptmx";
    cleanup_fd int root = -1, master = -1;

    if (!child->request->process->terminal)
        return 0;
    if (child->request->console_socket < 0)
        return error_set(error, ERROR_USAGE,
                         "a terminal is asked for: somebody must take it (--console-socket)");
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_system(error, errno, "open the container's root");
    SANDBOX_STEP(rootfs_open_terminal(child->request->process, root, &master, slave, error));
    if (child->request->plain_lines)
        SANDBOX_STEP(rootfs_plain_lines(master, error));
    if (descriptor_send(child->request->console_socket, name, sizeof(name) - 1, &master, 1) < 0)
        return error_system(error, errno, "hand the terminal over by the console socket");
    return 0;
}

static int tell_fallbacks(const struct sandbox_exec_child *child, struct error *error)
{
    for (size_t i = 0; i < child->process.fallback_count; i++) {
        struct error notice;

        error_set(&notice, ERROR_NONE, "%s", child->process.fallbacks[i]);
        if (sandbox_message_send_error(child->control, SANDBOX_MESSAGE_NOTICE, &notice) < 0)
            return error_system(error, errno, "speak to the runtime");
    }
    return 0;
}

/* What the seccomp agent is told. */
static int describe_to_agent(struct sandbox_exec_child *child, pid_t number, struct error *error)
{
    const struct sandbox_exec_request *request = child->request;

    if (child->process.notify.connection < 0)
        return 0;
    return seccomp_notify_describe(request->process->seccomp, request->container->oci_version, number,
                                   request->hook_state(request->context, "running", number),
                                   &child->process.notify, error);
}

/* ---- the line ---- */

static int enter(struct sandbox_exec_child *child, int *slave, struct error *error)
{
    cleanup_fd int root = -1;

    /* First: from here on a runtime that dies takes us along. */
    SANDBOX_STEP(die_with_parent(child, error));
    /* While we are the caller's user still, as whom systemd moves us. */
    if (child->waits && sandbox_message_expect(child->control, SANDBOX_MESSAGE_CONTINUE, NULL) < 0)
        return error_system(error, errno, "wait for the runtime");
    /* While our own process files are ours, and the container cannot see us. */
    SANDBOX_STEP(sandbox_process_set_oom_score(&child->process, error));
    /* By the host's /proc, which is out of reach afterwards. */
    SANDBOX_STEP(open_root(child, &root, error));
    /* All of them in one call, judged by the kernel against one process that cannot be exchanged in between.
     */
    SANDBOX_STEP(join_namespaces(child, error));
    SANDBOX_STEP(own_user_namespace(child, error));
    SANDBOX_STEP(enter_root(root, error));
    /* No process group of the caller's: an I/O priority, a signal or a terminal of theirs is not the
     * container's. */
    setsid();
    /* Of the container's own devpts: after its mounts are ours. */
    SANDBOX_STEP(make_terminal(child, slave, error));
    /* Rights end here, before the container can see anything of us. */
    SANDBOX_STEP(sandbox_process_prepare(&child->process, error));
    return tell_fallbacks(child, error);
}

static int become_program(struct sandbox_exec_child *child, int *slave, struct error *error)
{
    int32_t number;

    /* The runtime knows our pid first; one that is gone is not survived. */
    if (sandbox_message_expect(child->control, SANDBOX_MESSAGE_CONTINUE, &number) < 0)
        return error_system(error, errno, "wait for the runtime");
    SANDBOX_STEP(describe_to_agent(child, number, error));
    /* The first process's session does not reach us as its leader, and only a leader gets a terminal. */
    setsid();
    if (*slave >= 0)
        SANDBOX_STEP(pre_exec_take_terminal(*slave, error));
    if (*slave > STDERR_FILENO)
        descriptor_close(slave);
    return sandbox_process_execute(&child->process, child->control, error);
}

static _Noreturn void run_second(struct sandbox_exec_child *child, int *slave)
{
    struct error error = {0};

    become_program(child, slave, &error);
    sandbox_message_report(child->control, &error);
    _exit(error.kind == ERROR_COMMAND_MISSING ? 127 : 126);
}

_Noreturn void sandbox_exec_child_run(struct sandbox_exec_child *child)
{
    struct sandbox_clone clone = {.flags = CLONE_PARENT, .cgroup = -1};
    struct error error = {0};
    pid_t second = -1;
    int slave = -1;

    if (enter(child, &slave, &error) == 0) {
        second = sandbox_clone(&clone, true);
        if (second < 0)
            error_system(&error, errno, "start a process in the container");
    }
    if (second == 0)
        run_second(child, &slave);
    if (second < 0) {
        /* If the runtime is gone there is nobody to tell. */
        (void)sandbox_message_send_error(child->control, SANDBOX_MESSAGE_ERROR, &error);
        _exit(EXIT_FAILURE);
    }
    _exit(sandbox_message_send(child->control, SANDBOX_MESSAGE_BORN, second, clone.pidfd) < 0 ? EXIT_FAILURE
                                                                                              : EXIT_SUCCESS);
}
