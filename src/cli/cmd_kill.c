/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart kill */
#include <signal.h>
#include "cli/matching.h"
#include "container/delegate.h"
#include "container/signal_name.h"

struct kill_options {
    bool all, regex;
};

static const struct option rows[] = {
    {"all", 'a', OPTION_FLAG, offsetof(struct kill_options, all), NULL,
     "signal every process of the container"},
    {"regex", 'r', OPTION_FLAG, offsetof(struct kill_options, regex), NULL,
     "ID is an extended regular expression: all containers in whose ids it is found"},
};

static int signal_of(const struct invocation *invocation, int *signal_number, struct error *error)
{
    *signal_number = SIGTERM;
    if (invocation->word_count > 1 && !signal_from_name(invocation->words[1], signal_number))
        return error_set(
            error, ERROR_USAGE,
            "thwart kill: \"%.64s\" is no signal: give a number from 0 to 64 or a name as in TERM",
            invocation->words[1]);
    return 0;
}

static int kill_one(const struct invocation *invocation, const char *id, struct error *error)
{
    const struct kill_options *options = invocation->options;
    int signal_number;

    if (signal_of(invocation, &signal_number, error) != 0)
        return -1;
    return container_kill(invocation->runtime, id, signal_number, options->all, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct kill_options *options = invocation->options;
    int signal_number;

    (void)status;
    if (signal_of(invocation, &signal_number, error) != 0)
        return -1;
    if (options->regex)
        return matching_do(invocation, invocation->words[0], "kill", kill_one, error);
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return kill_one(invocation, invocation->words[0], error);
}

const struct command command_kill = {
    .name = "kill",
    .words = "ID [SIGNAL]",
    .summary = "signal a container's first process (TERM unless said otherwise)",
    .words_minimum = 1,
    .words_maximum = 2,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct kill_options),
    .run = run,
};
