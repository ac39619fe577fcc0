/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart start */
#include "cli/command.h"
#include "container/delegate.h"

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    (void)status;
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return container_start(invocation->runtime, invocation->words[0], error);
}

const struct command command_start = {
    .name = "start",
    .words = "ID",
    .summary = "let a created container's program run",
    .words_minimum = 1,
    .words_maximum = 1,
    .run = run,
};
