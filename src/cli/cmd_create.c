/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart create */
#include "cli/create_options.h"
#include "container/delegate.h"

static const struct option rows[] = {CREATE_OPTION_ROWS};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct create_request request = create_request_of(invocation);
    const int delegated = delegate_create(invocation->runtime, &request, "create", status, error);

    if (delegated != 0)
        return delegated < 0 ? -1 : 0;
    return container_create(invocation->runtime, &request, error);
}

const struct command command_create = {
    .name = "create",
    .words = "ID",
    .summary = "make a container whose program waits for start",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct create_options),
    .preserve_offset = CREATE_PLACE(preserve_fds),
    .needs = COMMAND_ENTERS_CONTAINER | COMMAND_KEEPS_DESCRIPTORS,
    .run = run,
};
