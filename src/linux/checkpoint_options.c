/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both ways share: availability, the options as members of a question, the conversation. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "config.h"
#include "linux/checkpoint.h"

/* Options of CRIU's for all containers of this host, criu(8); its own file of ours, else the one that runc
 * and crun read. */
#define CONFIG_OF_OURS "/etc/criu/thwart.conf"
#define CONFIG_OF_RUNC "/etc/criu/runc.conf"

int checkpoint_available(struct error *error)
{
    if (!THWART_CRIU)
        return error_set(error, ERROR_UNSUPPORTED,
                         "this build has no checkpoint and restore (it was made without libcriu: "
                         "-Dcriu=enabled)");
    return helper_find(CHECKPOINT_HELPER, error) != 0 ? -1 : helper_find_tool("criu", error);
}

#define PLACE(member) offsetof(struct checkpoint_options, member)

/* bool in the options, CRIU's switch. */
static const struct {
    size_t offset;
    const char *name;
} switches[] = {
    {PLACE(leave_running), "leave-running"}, {PLACE(tcp_established), "tcp-established"},
    {PLACE(tcp_close), "tcp-close"},         {PLACE(tcp_skip_in_flight), "tcp-skip-in-flight"},
    {PLACE(link_remap), "link-remap"},       {PLACE(external_unix_sockets), "ext-unix-sk"},
    {PLACE(shell_job), "shell-job"},         {PLACE(lazy_pages), "lazy-pages"},
    {PLACE(file_locks), "file-locks"},       {PLACE(auto_dedup), "auto-dedup"},
};

void checkpoint_describe(const struct checkpoint_options *options, struct message *message)
{
    for (size_t i = 0; i < ARRAY_LENGTH(switches); i++)
        if (*(const bool *)(const void *)((const char *)options + switches[i].offset))
            message_add(message, "set", switches[i].name);
    message_add(message, "set", "orphan-pts-master");
    message_add(message, "parent", options->parent_path);
    message_add(message, "network-lock", options->network_lock);
    message_add(message, "lsm-profile", options->lsm_profile);
    message_add(message, "lsm-mount-context", options->lsm_mount_context);
    message_add(message, "page-server-address", options->page_server_address);
    if (options->page_server_address != NULL)
        message_add_number(message, "page-server-port", options->page_server_port);
    if (options->empty_network)
        message_add_number(message, "empty-namespaces", CLONE_NEWNET);
    message_add(message, "config", access(CONFIG_OF_OURS, F_OK) == 0 ? CONFIG_OF_OURS : CONFIG_OF_RUNC);
}

void checkpoint_add_descriptor(struct message *message, const char *name, int descriptor, int *descriptors,
                               size_t *count)
{
    message_add(message, "descriptor", name);
    descriptors[(*count)++] = descriptor;
}

static int check_mount(const struct plan_mount *mount, struct error *error)
{
    if (mount->idmap == PLAN_IDMAP_NONE)
        return 0;
    return error_set(error, ERROR_UNSUPPORTED,
                     "mounts (%s): criu cannot restore id-mapped mounts: the container would see other "
                     "owners",
                     mount->destination.text);
}

static int check_namespace(const struct plan_namespace *namespace, struct error *error)
{
    if (namespace->path.text == NULL ||
        (namespace->flag != CLONE_NEWNS && namespace->flag != CLONE_NEWCGROUP))
        return 0;
    return error_set(error, ERROR_UNSUPPORTED,
                     "criu cannot restore into an existing %s namespace (linux/namespaces)", namespace->name);
}

int checkpoint_check_plan(const struct plan *plan, struct error *error)
{
    if (geteuid() != 0)
        return error_set(error, ERROR_UNSUPPORTED, "checkpoint and restore need root: criu has no other way");
    for (size_t i = 0; i < plan->rootfs.mount_count; i++)
        if (check_mount(&plan->rootfs.mounts[i], error) != 0)
            return -1;
    for (size_t i = 0; i < plan->namespaces.count; i++)
        if (check_namespace(&plan->namespaces.items[i], error) != 0)
            return -1;
    if (plan->net_device_count > 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "criu cannot restore network devices of the host (linux/netDevices)");
    /* The kernel shows nobody what a process is restricted by. */
    if (plan->process != NULL && plan->process->landlock_count > 0)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "policy %s: landlock: criu cannot restore Landlock's layers: the processes would run "
            "without them",
            plan->process->landlock[0].policy);
    return 0;
}

int checkpoint_tell_ready(const struct checkpoint_options *options, struct error *error)
{
    if (options->status_fd < 0)
        return 0;
    if (descriptor_write_all(options->status_fd, "", 1) != 0)
        return error_system(error, errno, "writing to --status-fd %d", options->status_fd);
    return 0;
}

/* ---- the conversation ---- */

static int answer_event(struct helper *helper, struct message *message, int descriptor,
                        struct checkpoint_listener *listener, struct error *error)
{
    struct checkpoint_event event = {.action = message_get(message, "action"), .descriptor = descriptor};
    int64_t pid = 0, criu = 0;
    int heard;

    if (event.action == NULL || !message_get_number(message, "pid", 0, INT32_MAX, &pid) ||
        !message_get_number(message, "criu", 0, INT32_MAX, &criu))
        return error_set(error, ERROR_SYSTEM, "%s speaks of an event that cannot be read", helper->name);
    event.pid = (pid_t)pid;
    event.criu = (pid_t)criu;
    heard = listener->heard(listener->context, &event, error);
    listener->refused = listener->refused || heard != 0;
    if (heard == 0)
        message_begin(message, "continue");
    else
        message_begin_failed(message, error);
    if (message_send(helper->socket, message, NULL, 0) != 0 && errno != EPIPE)
        return error_system(error, errno, "answering %s", helper->name);
    return 0; /* a refusal comes back as the answer; EPIPE: its end shows when it is read */
}

int checkpoint_converse(struct helper *helper, const struct message *question, const int *descriptors,
                        size_t count, struct checkpoint_listener *listener, pid_t *pid, struct error *error)
{
    cleanup_free struct message *answer = malloc(sizeof(*answer));

    if (answer == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    if (message_send(helper->socket, question, descriptors, count) != 0 && errno != EPIPE)
        return error_system(error, errno, "asking %s for %s", helper->name, message_kind(question));
    for (;;) {
        cleanup_fd int descriptor = -1;
        size_t came = 1;
        int64_t number = 0;
        /* Without a limit: gigabytes of memory take their time, and pages that are served lazily even
         * longer. CRIU bounds its own waits. */
        int received = message_receive(helper->socket, -1, answer, &descriptor, &came);

        if (received <= 0 || came == 0)
            descriptor = -1;
        if (received == 0)
            return error_set(error, ERROR_SYSTEM, "%s has ended without an answer", helper->name);
        if (received < 0)
            return error_system(error, errno, "reading what %s answers", helper->name);
        if (strcmp(message_kind(answer), "event") == 0) {
            if (answer_event(helper, answer, descriptor, listener, error) != 0)
                return -1;
            continue;
        }
        if (message_failure(answer, error) != 0)
            return -1;
        (void)message_get_number(answer, "pid", 0, INT32_MAX, &number);
        if (pid != NULL)
            *pid = (pid_t)number;
        return 0;
    }
}
