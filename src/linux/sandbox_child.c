/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's init: one call a line, above it what fixes its place. sandbox.h draws the conversation with
 * the parent, sandbox_process.c is the end of this line.
 */
#include "linux/sandbox_child.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/credentials.h"
#include "linux/hooks.h"
#include "linux/net_devices.h"
#include "linux/pre_exec.h"
#include "linux/sandbox_message.h"
#include "linux/start_gate.h"
#include "linux/sysctl.h"

/* ---- with the parent ---- */

static int die_with_parent(struct sandbox_child *child, struct error *error)
{
    /* Our copy would keep the socket open after the parent's death. */
    descriptor_close(&child->parent_end);
    if (pre_exec_die_with_parent(child->control) < 0)
        return error_system(error, errno, "tie the container's process to the runtime");
    return 0;
}

static int say(const struct sandbox_child *child, enum sandbox_message_kind kind, struct error *error)
{
    if (sandbox_message_send(child->control, kind, 0, -1) < 0)
        return error_system(error, errno, "speak to the runtime");
    return 0;
}

static int wait_to_continue(struct sandbox_child *child, struct error *error)
{
    if (sandbox_message_expect(child->control, SANDBOX_MESSAGE_CONTINUE, &child->number) < 0)
        return error_system(error, errno, "wait for the runtime");
    return 0;
}

static int set_oom_score(const struct sandbox_child *child, struct error *error)
{
    /* The stage process did it, and we inherited it. */
    return child->staged ? 0 : sandbox_process_set_oom_score(&child->process, error);
}

static int wait_for_parent(struct sandbox_child *child, struct error *error)
{
    const bool maps = !child->staged && (child->plan->namespaces.new_flags & CLONE_NEWUSER) != 0;

    if (!child->waits)
        return 0;
    if (maps && child->process.facts->uid != 0) {
        /* A parent that is not root may write the maps only of a process that is its own to inspect. The
         * namespace is new: nobody else has a right over it. */
        if (pre_exec_set_dumpable(true) < 0)
            return error_system(error, errno, "let the runtime write the id maps");
        SANDBOX_STEP(say(child, SANDBOX_MESSAGE_MAPS_WANTED, error));
    }
    return wait_to_continue(child, error);
}

/*
 * A child that waits for nothing builds while the parent writes the record, and can be done earlier. It must
 * not outlive a parent that is killed before: nobody would know of it. Where something is waited for, that
 * comes after the record; without a gate the parent's end is noticed while waiting for the start.
 */
static int hear_of_record(struct sandbox_child *child, struct error *error)
{
    if (child->waits || child->gate < 0 || child->recorded)
        return 0;
    if (sandbox_message_expect(child->control, SANDBOX_MESSAGE_RECORDED, NULL) < 0)
        return error_system(error, errno, "wait for the runtime");
    child->recorded = true;
    return 0;
}

static int tell_fallbacks(const struct sandbox_child *child, const char *const *texts, size_t count,
                          struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct error notice;

        error_set(&notice, ERROR_NONE, "%s", texts[i]);
        if (sandbox_message_send_error(child->control, SANDBOX_MESSAGE_NOTICE, &notice) < 0)
            return error_system(error, errno, "speak to the runtime");
    }
    return 0;
}

/* ---- namespaces ---- */

bool sandbox_child_enters_user_namespace(const struct sandbox_child *child)
{
    return ((child->plan->namespaces.new_flags | child->handles.flags) & CLONE_NEWUSER) != 0;
}

int sandbox_child_own_user_namespace(const struct sandbox_child *child, struct error *error)
{
    SANDBOX_STEP(credentials_become_namespace_root(&child->plan->namespaces, error));
    if (pre_exec_set_dumpable(false) < 0 || pre_exec_renew_death_signal() < 0)
        return error_system(error, errno, "protect the container's process in its user namespace");
    return 0;
}

static int own_user_namespace(const struct sandbox_child *child, struct error *error)
{
    /* The stage process did it for both. */
    if (child->staged || !sandbox_child_enters_user_namespace(child))
        return 0;
    return sandbox_child_own_user_namespace(child, error);
}

static int join_namespaces(struct sandbox_child *child, struct error *error)
{
    if (!child->staged)
        SANDBOX_STEP(namespaces_join(&child->plan->namespaces, &child->handles,
                                     child->handles.flags & ~child->children_flags, NULL, error));
    namespaces_close(&child->handles);
    return 0;
}

uint64_t sandbox_child_makes_namespaces(const struct sandbox_child *child)
{
    const uint64_t flags = child->plan->namespaces.new_flags;
    uint64_t late = CLONE_NEWCGROUP;

    /* The root of its mqueue belongs to who made it: to us as root within, not to the runtime, which is
     * nobody there. */
    if (!child->staged && (flags & CLONE_NEWUSER) != 0)
        late |= CLONE_NEWIPC;
    return flags & late;
}

static int make_namespaces(const struct sandbox_child *child, struct error *error)
{
    const uint64_t flags = sandbox_child_makes_namespaces(child);

    if (flags != 0 && unshare((int)flags) < 0)
        return namespaces_explain(&child->plan->namespaces, flags, errno, error);
    return 0;
}

static int set_loopback_up(const struct plan_namespaces *plan, struct error *error)
{
    return (plan->new_flags & CLONE_NEWNET) != 0 ? net_devices_loopback_up(error) : 0;
}

static int set_names(const struct plan *plan, struct error *error)
{
    if (plan->hostname != NULL && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
        return error_system(error, errno, "set the hostname \"%s\"", plan->hostname);
    if (plan->domainname != NULL && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
        return error_system(error, errno, "set the domainname \"%s\"", plan->domainname);
    return 0;
}

/* ---- terminal ---- */

static bool has_terminal(const struct sandbox_child *child)
{
    return child->plan->process != NULL && child->plan->process->terminal;
}

static int make_console(struct sandbox_child *child, struct rootfs *rootfs, struct error *error)
{
    static const char name[] = "/dev/ptmx";
    cleanup_fd int master = -1;

    if (!has_terminal(child))
        return 0;
    if (child->request->console_socket < 0)
        return error_set(error, ERROR_USAGE,
                         "process.terminal is true: somebody must take the terminal (--console-socket)");
    SANDBOX_STEP(rootfs_make_console(child->plan, rootfs, &master, error));
    if (child->request->plain_lines)
        SANDBOX_STEP(rootfs_plain_lines(master, error));
    if (descriptor_send(child->request->console_socket, name, sizeof(name) - 1, &master, 1) < 0)
        return error_system(error, errno, "hand the terminal over by the console socket");
    return 0;
}

static int take_terminal(const struct sandbox_child *child, struct rootfs *rootfs, struct error *error)
{
    if (!has_terminal(child))
        return 0;
    SANDBOX_STEP(pre_exec_take_terminal(rootfs->console, error));
    if (rootfs->console > STDERR_FILENO)
        descriptor_close(&rootfs->console);
    return 0;
}

/* ---- hooks ---- */

static int run_hooks(const struct sandbox_child *child, const struct plan_hook_list *list, const char *stage,
                     const char *status, struct host_path directory, struct error *error)
{
    struct hook_context context = {.stage = stage, .directory = directory};

    if (list->count == 0)
        return 0;
    /* The pid is what the container sees (runtime.md, State). */
    context.state_json = child->request->hook_state(child->request->context, status, getpid());
    return hooks_run(list, &context, error);
}

static int host_hooks(struct sandbox_child *child, struct error *error)
{
    const struct plan_hooks *hooks = &child->plan->hooks;

    if (hooks->prestart.count == 0 && hooks->create_runtime.count == 0)
        return 0;
    SANDBOX_STEP(hear_of_record(child, error));
    SANDBOX_STEP(say(child, SANDBOX_MESSAGE_MOUNTED, error));
    return wait_to_continue(child, error);
}

static int start_container_hooks(const struct sandbox_child *child, struct error *error)
{
    const struct host_path container_root = {NULL};

    return run_hooks(child, &child->plan->hooks.start_container, "startContainer", "created", container_root,
                     error);
}

/* ---- the line ---- */

static int make_working_directory(const struct plan *plan, struct error *error)
{
    if (plan->process == NULL || !plan->process->create_cwd)
        return 0;
    return pre_exec_make_directory(&plan->process->cwd, error);
}

/* What the seccomp agent is told at the start. */
static int describe_to_agent(struct sandbox_child *child, struct error *error)
{
    const struct sandbox_request *request = child->request;

    if (child->process.notify.connection < 0)
        return 0;
    return seccomp_notify_describe(child->plan->process->seccomp, child->plan->oci_version, child->number,
                                   request->hook_state(request->context, "created", child->number),
                                   &child->process.notify, error);
}

static int prepare_process(struct sandbox_child *child, struct error *error)
{
    if (child->plan->process == NULL)
        return 0;
    SANDBOX_STEP(describe_to_agent(child, error));
    SANDBOX_STEP(sandbox_process_prepare(&child->process, error));
    return tell_fallbacks(child, child->process.fallbacks, child->process.fallback_count, error);
}

/* A created container may wait for days: with the two that it waits on, and with nothing that leads to the
 * host, nor with the state directory, whose lock would outlive a runtime that was killed. */
static int close_runtimes_descriptors(const struct sandbox_child *child, struct error *error)
{
    const unsigned int preserved = child->plan->process != NULL ? child->plan->process->preserve_fds : 0;
    const int keep[] = {child->control, child->gate, child->process.notify.connection};

    if (pre_exec_close_descriptors(3 + preserved, keep, ARRAY_LENGTH(keep)) < 0)
        return error_system(error, errno, "close the runtime's descriptors");
    return 0;
}

static int build(struct sandbox_child *child, struct error *error)
{
    const struct plan *plan = child->plan;
    struct rootfs rootfs;

    /* First: from here on a runtime that dies takes us along. */
    SANDBOX_STEP(die_with_parent(child, error));
    /* While our own process files are ours: not any more once the maps make us somebody else. */
    SANDBOX_STEP(set_oom_score(child, error));
    /* Maps, cgroup, network devices: without the maps we are nobody, without the cgroup a cgroup namespace
     * would have the wrong root. */
    SANDBOX_STEP(wait_for_parent(child, error));
    /* Before anything is owned: mounts and namespaces made from here on belong to the user namespace's root.
     */
    SANDBOX_STEP(own_user_namespace(child, error));
    /* Before the mounts: a sysfs shows the network namespace, an mqueue the ipc namespace of the process that
     * mounts it. */
    SANDBOX_STEP(join_namespaces(child, error));
    /* The root of a cgroup namespace is the cgroup of the process that makes it, so only now, in the
     * container's cgroup. Before cgroupfs and mqueue are mounted. */
    SANDBOX_STEP(make_namespaces(child, error));
    /* A session of our own, terminal or not: the caller's terminal cannot be reached by job control or
     * TIOCSTI (CVE-2017-5226). */
    setsid();
    SANDBOX_STEP(set_loopback_up(&plan->namespaces, error));
    SANDBOX_STEP(set_names(plan, error));
    /* The host's paths are needed for the sources: before the root changes. */
    SANDBOX_STEP(rootfs_build(plan, &child->sources, child->process.facts, &rootfs, error));
    /* Needs the container's devpts, and /dev writable for the place of /dev/console. */
    SANDBOX_STEP(make_console(child, &rootfs, error));
    /* runtime.md, steps 3 to 5: prestart and createRuntime (by the parent), then createContainer, mounts made
     * and root not changed. */
    SANDBOX_STEP(host_hooks(child, error));
    SANDBOX_STEP(
        run_hooks(child, &plan->hooks.create_container, "createContainer", "created", plan->bundle, error));
    /* The host's file systems are gone after this; nothing of ours is looked up by name any more. */
    SANDBOX_STEP(rootfs_enter(plan, &rootfs, error));
    /* Only beneath the new root (podman's WORKDIR), while it is still writable. */
    SANDBOX_STEP(make_working_directory(plan, error));
    /* Before read-only paths cover /proc/sys; they need the namespaces, and the devices that their names
     * speak of. */
    SANDBOX_STEP(sysctl_apply(plan, error));
    SANDBOX_STEP(rootfs_finish(plan, &rootfs, error));
    SANDBOX_STEP(tell_fallbacks(child, rootfs.fallbacks, rootfs.fallback_count, error));
    /* After setsid. Errors of ours no longer reach the caller's streams, but they never did: they go by the
     * control socket. */
    SANDBOX_STEP(take_terminal(child, &rootfs, error));
    SANDBOX_STEP(close_runtimes_descriptors(child, error));
    /* Rights end here. */
    SANDBOX_STEP(prepare_process(child, error));
    SANDBOX_STEP(hear_of_record(child, error));
    /* The runtime of `create` is about to leave. Should it die before it hears us, the next send fails. */
    if (pre_exec_outlive_parent() < 0)
        return error_system(error, errno, "untie the container's process from the runtime");
    return say(child, SANDBOX_MESSAGE_READY, error);
}

/* Wait until the program may start. The connection on which a failure is reported, or -1 when there is nobody
 * to report to. */
static int wait_for_start(struct sandbox_child *child)
{
    if (child->gate >= 0) {
        int connection;

        descriptor_close(&child->control);
        connection = start_gate_wait(child->gate);
        /* "Created" is observed by somebody listening here: not any more. */
        descriptor_close(&child->gate);
        return connection;
    }
    return sandbox_message_expect(child->control, SANDBOX_MESSAGE_GO, NULL) < 0 ? -1 : child->control;
}

static int start(struct sandbox_child *child, int connection, struct error *error)
{
    if (child->plan->process == NULL)
        return error_set(error, ERROR_STATE,
                         "the configuration has no process to start (config.md, process)");
    /* runtime.md, step 7: in the container, with the program's rights, before its filter. */
    SANDBOX_STEP(start_container_hooks(child, error));
    return sandbox_process_execute(&child->process, connection, error);
}

_Noreturn void sandbox_child_run(struct sandbox_child *child)
{
    struct error error = {0};
    int connection;

    if (build(child, &error) < 0) {
        /* If the runtime is gone there is nobody to tell. */
        (void)sandbox_message_send_error(child->control, SANDBOX_MESSAGE_ERROR, &error);
        _exit(EXIT_FAILURE);
    }
    connection = wait_for_start(child);
    if (connection < 0)
        _exit(EXIT_FAILURE);
    start(child, connection, &error);
    sandbox_message_report(connection, &error);
    _exit(error.kind == ERROR_COMMAND_MISSING ? 127 : 126);
}
