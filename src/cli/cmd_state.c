/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart state */
#include "cli/command.h"
#include "container/delegate.h"

enum { STATE_BYTES_MAX = 64 * 1024 * 1024 };

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    cleanup_text struct text text = text_growing(STATE_BYTES_MAX);

    (void)status;
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0 ||
        container_state(invocation->runtime, invocation->words[0], &text, error) != 0)
        return -1;
    return command_print(&text, error);
}

const struct command command_state = {
    .name = "state",
    .words = "ID",
    .summary = "show a container's state (JSON)",
    .words_minimum = 1,
    .words_maximum = 1,
    .run = run,
};
