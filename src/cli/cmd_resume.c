/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart resume */
#include "cli/command.h"
#include "container/delegate.h"

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    (void)status;
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return container_resume(invocation->runtime, invocation->words[0], error);
}

const struct command command_resume = {
    .name = "resume",
    .words = "ID",
    .summary = "let the processes of a paused container go on",
    .words_minimum = 1,
    .words_maximum = 1,
    .run = run,
};
