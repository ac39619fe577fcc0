/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart restore */
#include "cli/checkpoint_options.h"
#include "container/delegate.h"

static const struct option rows[] = {
    CHECKPOINT_OPTION_ROWS,
    {"bundle", 'b', OPTION_STRING, CHECKPOINT_PLACE(bundle), "DIR",
     "the bundle (default: the working directory)"},
    {"config", 'f', OPTION_STRING, CHECKPOINT_PLACE(config), "FILE",
     "its configuration (default: config.json)"},
    {"pid-file", 0, OPTION_STRING, CHECKPOINT_PLACE(pid_file), "FILE", "write the container's pid to FILE"},
    {"console-socket", 0, OPTION_STRING, CHECKPOINT_PLACE(console_socket), "SOCKET",
     "send the terminal's master to this unix socket"},
    {"detach", 'd', OPTION_FLAG, CHECKPOINT_PLACE(detach), NULL, "return when the processes run"},
    {"tcp-close", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.tcp_close), NULL,
     "close the TCP connections that were open"},
    {"lsm-profile", 0, OPTION_STRING, CHECKPOINT_PLACE(common.lsm_profile), "TYPE:NAME",
     "another AppArmor profile (apparmor:NAME) or SELinux label (selinux:LABEL)"},
    {"lsm-mount-context", 0, OPTION_STRING, CHECKPOINT_PLACE(common.lsm_mount_context), "CONTEXT",
     "another SELinux context of mounts"},
    {"no-pivot", 0, OPTION_FLAG, CHECKPOINT_PLACE(no_pivot), NULL,
     "accepted as runc does; criu changes the root in its own way"},
    {"no-new-keyring", 0, OPTION_FLAG, CHECKPOINT_PLACE(no_new_keyring), NULL,
     "accepted as create does; criu knows nothing of keyrings"},
    {"no-subreaper", 0, OPTION_FLAG, CHECKPOINT_PLACE(no_subreaper), NULL,
     "accepted as runc does; there is none for a detached container"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct checkpoint_words *words = invocation->options;
    const struct create_request request = {
        .id = invocation->words[0],
        .bundle = words->bundle,
        .config_file = words->config,
        .pid_file = words->pid_file,
        .console_socket = words->console_socket,
        .no_pivot = words->no_pivot,
        .no_new_keyring = words->no_new_keyring,
        .detach = words->detach,
    };
    struct checkpoint_options options;

    if (checkpoint_options_of(invocation, "thwart restore", &options, error) != 0 ||
        delegate_restore(invocation->runtime, error) != 0)
        return -1;
    return container_restore(invocation->runtime, &request, &options, status, error);
}

const struct command command_restore = {
    .name = "restore",
    .words = "ID",
    .summary = "make a container of the images of a checkpoint",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct checkpoint_words),
    .available = checkpoint_available,
    .family = EXIT_FAMILY_RUN,
    .run = run,
};
