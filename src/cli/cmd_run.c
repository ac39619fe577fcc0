/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart run */
#include "cli/create_options.h"
#include "container/delegate.h"

static const struct option rows[] = {
    CREATE_OPTION_ROWS,
    {"detach", 'd', OPTION_FLAG, CREATE_PLACE(detach), NULL, "return when the program has started"},
    {"keep", 0, OPTION_FLAG, CREATE_PLACE(keep), NULL,
     "do not delete the container when the program has ended"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct create_request request = create_request_of(invocation);
    const int delegated = delegate_create(invocation->runtime, &request, "run", status, error);

    if (delegated != 0)
        return delegated < 0 ? -1 : 0;
    return container_run(invocation->runtime, &request, status, error);
}

const struct command command_run = {
    .name = "run",
    .words = "ID",
    .summary = "create, start, wait for the end, delete",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct create_options),
    .preserve_offset = CREATE_PLACE(preserve_fds),
    .needs = COMMAND_ENTERS_CONTAINER | COMMAND_KEEPS_DESCRIPTORS,
    .family = EXIT_FAMILY_RUN,
    .run = run,
};
