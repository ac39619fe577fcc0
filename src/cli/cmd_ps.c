/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart ps: for engines a list of pids, for people what the host's ps says of them. */
#include <string.h>
#include "cli/command.h"
#include "cli/ps_table.h"
#include "container/delegate.h"
#include "linux/host_program.h"

enum { PS_BYTES_MAX = 64 * 1024 * 1024, PS_TIMEOUT_MS = 30000 };

struct ps_options {
    const char *format;
};

static const char *const formats[] = {"table", "json", NULL};

static const struct option rows[] = {
    {"format", 'f', OPTION_WORD, offsetof(struct ps_options, format), "FORMAT",
     "table (default) or json: an array of pids", .words = formats},
};

/* Engines read standard output and standard error as one document: nothing else may be said. */
static int print_json(const pid_t *processes, size_t count, struct error *error)
{
    cleanup_text struct text text = text_growing(PS_BYTES_MAX);

    text_append_character(&text, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_append_character(&text, ',');
        text_append_signed(&text, processes[i]);
    }
    text_append(&text, "]\n");
    return command_print(&text, error);
}

/* No PATH: whoever could put a program there would be run with our rights. */
static int run_ps(const struct invocation *invocation, char **output, struct error *error)
{
    static const char *const candidates[] = {"/usr/bin/ps", "/bin/ps", "/run/current-system/sw/bin/ps", NULL};
    static char name[] = "ps", everything[] = "-ef";
    char **arguments = arena_array(invocation->arena, invocation->word_count + 2, sizeof(*arguments));

    arguments[0] = name;
    arguments[1] = everything;
    for (size_t i = 1; i < invocation->word_count; i++)
        arguments[i] = invocation->words[i];
    return host_program_output(name, candidates, arguments, PS_BYTES_MAX, PS_TIMEOUT_MS, invocation->arena,
                               output, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct ps_options *options = invocation->options;
    cleanup_text struct text text = text_growing(PS_BYTES_MAX);
    const pid_t *processes;
    size_t count;
    char *output;

    (void)status;
    if (delegate_pass(invocation->runtime, invocation->words[0], error) != 0 ||
        container_processes(invocation->runtime, invocation->words[0], invocation->arena, &processes, &count,
                            error) != 0)
        return -1;
    if (options->format != NULL && strcmp(options->format, "json") == 0)
        return print_json(processes, count, error);
    if (run_ps(invocation, &output, error) != 0 ||
        ps_table_filter(output, processes, count, &text, error) != 0)
        return -1;
    return command_print(&text, error);
}

const struct command command_ps = {
    .name = "ps",
    .words = "ID [PS-OPTION...]",
    .summary = "show the processes of a container",
    .words_minimum = 1,
    .words_maximum = SIZE_MAX,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct ps_options),
    .needs = COMMAND_STOPS_AT_WORD,
    .run = run,
};
