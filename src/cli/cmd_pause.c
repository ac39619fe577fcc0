/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart pause */
#include "cli/command.h"
#include "container/delegate.h"

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    (void)status;
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return container_pause(invocation->runtime, invocation->words[0], error);
}

const struct command command_pause = {
    .name = "pause",
    .words = "ID",
    .summary = "stop every process of a container until resume",
    .words_minimum = 1,
    .words_maximum = 1,
    .run = run,
};
