/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart events */
#include <errno.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "container/delegate.h"

enum { DEFAULT_INTERVAL_MS = 5000 };

struct events_options {
    const char *interval;
    bool stats;
};

static const struct option rows[] = {
    {"stats", 0, OPTION_FLAG, offsetof(struct events_options, stats), NULL, "show the statistics once"},
    {"interval", 0, OPTION_STRING, offsetof(struct events_options, interval), "DURATION",
     "time between statistics: 5s (default), 500ms, 1m30s"},
};

/* Each line as it comes: whoever reads wants to know now. */
static int print_line(void *context, const char *line, size_t length, struct error *error)
{
    (void)context;
    if (descriptor_write_all(STDOUT_FILENO, line, length) == 0)
        return 0;
    return errno == EPIPE ? 1 : error_system(error, errno, "writing to standard output");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct events_options *options = invocation->options;
    struct events_request request = {
        .id = invocation->words[0],
        .once = options->stats,
        .interval_ms = DEFAULT_INTERVAL_MS,
        .output = STDOUT_FILENO,
        .receive = print_line,
    };

    (void)status;
    if (options->interval != NULL &&
        (!duration_parse(options->interval, &request.interval_ms) || request.interval_ms == 0))
        return error_set(
            error, ERROR_USAGE,
            "thwart events: --interval: \"%.64s\" is no duration above zero, such as 5s, 500ms or "
            "1m30s",
            options->interval);
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0)
        return -1;
    return container_events(invocation->runtime, &request, error);
}

const struct command command_events = {
    .name = "events",
    .words = "ID",
    .summary = "show what a container uses, and when it is killed for memory",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct events_options),
    .run = run,
};
