/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart exec */
#include <string.h>
#include "base/memory.h"
#include "cli/command.h"
#include "container/delegate.h"

enum { PRESERVE_FDS_MAX = 1024 };

struct exec_options {
    const char *process, *cwd, *user, *console_socket, *pidfd_socket, *pid_file, *process_label, *apparmor,
        *cgroup;
    struct json_strings environment, capabilities, additional_gids;
    bool terminal, detach, no_new_privileges, ignore_paused;
    uint32_t preserve_fds;
};

#define PLACE(member) offsetof(struct exec_options, member)

static const struct option rows[] = {
    {"process", 'p', OPTION_STRING, PLACE(process), "FILE",
     "a process object in place of command and options"},
    {"detach", 'd', OPTION_FLAG, PLACE(detach), NULL, "return when the command has started"},
    {"tty", 't', OPTION_BOOLEAN, PLACE(terminal), "BOOL", "give it a terminal"},
    {"console-socket", 0, OPTION_STRING, PLACE(console_socket), "SOCKET",
     "send the terminal's master to this unix socket"},
    {"pidfd-socket", 0, OPTION_STRING, PLACE(pidfd_socket), "SOCKET",
     "send a pidfd of the command to this unix socket"},
    {"pid-file", 0, OPTION_STRING, PLACE(pid_file), "FILE", "write the command's pid to FILE"},
    {"user", 'u', OPTION_STRING, PLACE(user), "UID[:GID]", "its user and group, as numbers"},
    {"additional-gids", 'g', OPTION_LIST, PLACE(additional_gids), "GID", "a further group"},
    {"cwd", 0, OPTION_STRING, PLACE(cwd), "DIR", "its working directory"},
    {"env", 'e', OPTION_LIST, PLACE(environment), "NAME=VALUE", "add to its environment"},
    {"cap", 'c', OPTION_LIST, PLACE(capabilities), "CAP",
     "add a capability (bounding, permitted, effective)"},
    {"no-new-privs", 0, OPTION_FLAG, PLACE(no_new_privileges), NULL, "forbid it to gain privileges"},
    {"process-label", 0, OPTION_STRING, PLACE(process_label), "LABEL", "its SELinux label"},
    {"apparmor", 0, OPTION_STRING, PLACE(apparmor), "PROFILE", "its AppArmor profile"},
    {"cgroup", 0, OPTION_STRING, PLACE(cgroup), "PATH", "a cgroup beneath the container's"},
    {"ignore-paused", 0, OPTION_FLAG, PLACE(ignore_paused), NULL,
     "in a paused container, wait until it is resumed"},
    {"preserve-fds", 0, OPTION_NUMBER, PLACE(preserve_fds), "N", "hand on N descriptors from 3 on",
     .maximum = PRESERVE_FDS_MAX},
};

/* runc's "cpu,memory:/path" places a process in some of cgroup v1's trees. A cgroup's own name may have a
 * colon. */
static int check_cgroup(const char *path, struct error *error)
{
    static const char *const controllers[] = {"blkio",   "cpu",      "cpuacct",    "cpuset", "devices",
                                              "freezer", "hugetlb",  "io",         "memory", "misc",
                                              "net_cls", "net_prio", "perf_event", "pids",   "rdma"};
    size_t length = path == NULL ? 0 : strcspn(path, ",:");

    if (path == NULL || strchr(path, ':') == NULL)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(controllers); i++)
        if (strlen(controllers[i]) == length && memcmp(controllers[i], path, length) == 0)
            return error_set(
                error, ERROR_USAGE,
                "--cgroup %.64s is refused: cgroup v2 has one tree for all controllers: give the "
                "path alone",
                path);
    return 0;
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct exec_options *options = invocation->options;
    const struct exec_request request = {
        .id = invocation->words[0],
        .process_file = options->process,
        .arguments = {.items = (const char **)(void *)(invocation->words + 1),
                      .count = invocation->word_count - 1},
        .cwd = options->cwd,
        .user = options->user,
        .environment = options->environment,
        .capabilities = options->capabilities,
        .additional_gids = options->additional_gids,
        .process_label = options->process_label,
        .apparmor_profile = options->apparmor,
        .no_new_privileges = options->no_new_privileges,
        .terminal = options->terminal,
        .detach = options->detach,
        .console_socket = options->console_socket,
        .pidfd_socket = options->pidfd_socket,
        .pid_file = options->pid_file,
        .sub_cgroup = options->cgroup,
        .ignore_paused = options->ignore_paused,
        .preserve_fds = options->preserve_fds,
        .listen_fds = invocation->listen_fds,
        .notify_socket = invocation->notify_socket,
    };

    if (check_cgroup(options->cgroup, error) != 0 ||
        delegate_exec(invocation->runtime, &request, error) != 0)
        return -1;
    return container_exec(invocation->runtime, &request, status, error);
}

const struct command command_exec = {
    .name = "exec",
    .words = "ID [COMMAND [ARGUMENT...]]",
    .summary = "run a command in a container",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct exec_options),
    .preserve_offset = PLACE(preserve_fds),
    .needs = COMMAND_ENTERS_CONTAINER | COMMAND_KEEPS_DESCRIPTORS | COMMAND_STOPS_AT_WORD,
    .family = EXIT_FAMILY_EXEC,
    .run = run,
};
