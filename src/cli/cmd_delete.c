/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart delete */
#include "cli/command.h"

struct delete_options {
    bool force;
};

static const struct option rows[] = {
    {"force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
     "end it first, clean up after any fault; nothing there is no error"},
};

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct delete_options *options = invocation->options;

    (void)status;
    return container_delete(invocation->runtime, invocation->words[0], options->force, error);
}

const struct command command_delete = {
    .name = "delete",
    .words = "ID",
    .summary = "remove a container that is stopped",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct delete_options),
    .run = run,
};
