/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart checkpoint */
#include "cli/checkpoint_options.h"
#include "container/delegate.h"

static const struct option rows[] = {
    CHECKPOINT_OPTION_ROWS,
    {"leave-running", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.leave_running), NULL,
     "do not end the container"},
    {"pre-dump", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.pre_dump), NULL,
     "only the memory, before a later checkpoint; do not end the container"},
    {"parent-path", 0, OPTION_STRING, CHECKPOINT_PLACE(common.parent_path), "DIR",
     "images of the pre-dump before, counted from --image-path"},
    {"tcp-skip-in-flight", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.tcp_skip_in_flight), NULL,
     "leave out TCP connections that are not accepted yet"},
    {"link-remap", 0, OPTION_FLAG, CHECKPOINT_PLACE(common.link_remap), NULL,
     "give deleted files a name for the time being"},
    {"page-server", 0, OPTION_STRING, CHECKPOINT_PLACE(page_server), "ADDRESS:PORT",
     "send the memory to a criu page-server"},
    {"status-fd", 0, OPTION_STRING, CHECKPOINT_PLACE(status_fd), "N",
     "write a NUL byte to descriptor N when lazy pages are served"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    struct checkpoint_options options;

    (void)status;
    if (checkpoint_options_of(invocation, "thwart checkpoint", &options, error) != 0 ||
        delegate_checkpoint(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return container_checkpoint(invocation->runtime, invocation->words[0], &options, error);
}

const struct command command_checkpoint = {
    .name = "checkpoint",
    .words = "ID",
    .summary = "write a running container's processes to images",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct checkpoint_words),
    .available = checkpoint_available,
    .run = run,
};
