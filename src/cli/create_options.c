/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From create's and run's options to a request. */
#include "cli/create_options.h"

struct create_request create_request_of(const struct invocation *invocation)
{
    const struct create_options *options = invocation->options;

    return (struct create_request){
        .id = invocation->words[0],
        .bundle = options->bundle,
        .config_file = options->config,
        .image = options->image,
        .pid_file = options->pid_file,
        .console_socket = options->console_socket,
        .pidfd_socket = options->pidfd_socket,
        .no_pivot = options->no_pivot,
        .no_new_keyring = options->no_new_keyring,
        .preserve_fds = options->preserve_fds,
        .listen_fds = invocation->listen_fds,
        .notify_socket = invocation->notify_socket,
        .detach = options->detach,
        .keep = options->keep,
    };
}
