/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart delete */
#include "cli/matching.h"
#include "container/delegate.h"

struct delete_options {
    bool force, regex;
};

static const struct option rows[] = {
    {"force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
     "end it first, clean up after any fault; nothing there is no error"},
    {"regex", 'r', OPTION_FLAG, offsetof(struct delete_options, regex), NULL,
     "ID is an extended regular expression: all containers in whose ids it is found"},
};

static int delete_one(const struct invocation *invocation, const char *id, struct error *error)
{
    const struct delete_options *options = invocation->options;

    return container_delete(invocation->runtime, id, options->force, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct delete_options *options = invocation->options;
    int delegated;

    if (options->regex)
        return matching_do(invocation, invocation->words[0], "delete", delete_one, error);
    delegated =
        delegate_delete(invocation->runtime, invocation->words[0], options->force, status, error);
    if (delegated != 0)
        return delegated < 0 ? -1 : 0;
    return delete_one(invocation, invocation->words[0], error);
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
