/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: a table of what each is called, takes and needs; one file cmd_NAME.c each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/options.h"
#include "container/operations.h"

/* A command's options as parsed, and its other words. */
struct invocation {
    const struct runtime *runtime;
    struct arena *arena;
    const void *options; /* the command's own struct */
    char *const *words;
    size_t word_count;
    uint32_t listen_fds; /* LISTEN_FDS of the environment */
    const char *notify_socket;
};

enum command_needs {
    COMMAND_ENTERS_CONTAINER = 1 << 0, /* runs from a sealed copy */
    COMMAND_KEEPS_DESCRIPTORS =
        1 << 1, /* hands on --preserve-fds and LISTEN_FDS; `preserve_offset` finds the number */
    COMMAND_STOPS_AT_WORD = 1 << 2, /* what follows the first word is the command's own */
};

struct command {
    const char *name;
    const char *words; /* "ID [SIGNAL]", for help */
    const char *summary;
    size_t words_minimum, words_maximum;
    struct option_table options;
    size_t options_size;
    size_t preserve_offset; /* uint32_t in the options; COMMAND_KEEPS_DESCRIPTORS only */
    unsigned int needs;     /* enum command_needs */
    enum exit_family family;
    /* NULL: always. Asked by COMMAND --help (not by `help COMMAND`), whose status tells engines what there
     * is: -1 says why this build or this host cannot. */
    int (*available)(struct error *error);
    /* NULL, or those that the first word chooses among, ending with NULL: their names begin with this one's
     * ("policy check"). */
    const struct command *const *subcommands;
    /* 0 and *status, or -1. */
    int (*run)(const struct invocation *invocation, int *status, struct error *error);
};

extern const struct command command_check, command_checkpoint, command_create, command_delete, command_events,
    command_exec, command_features, command_image, command_kill, command_list, command_pause, command_plan,
    command_policy, command_ps, command_restore, command_resume, command_run, command_score, command_spec,
    command_start, command_state, command_update;

/* All of them, in the order of the help; *count. */
const struct command *const *command_all(size_t *count);

/* By name; ERROR_USAGE with "did you mean". */
int command_find(const char *name, const struct command **command, struct error *error);

/* One of command's subcommands by the word behind its name; ERROR_USAGE with "did you mean". */
int command_find_below(const struct command *command, const char *word, const struct command **found,
                       struct error *error);

/* Run the subcommand that the first word of invocation names, with the words behind it. */
int command_run_below(const struct command *command, const struct invocation *invocation, int *status,
                      struct error *error);

/* What COMMAND --help prints. */
int command_print_help(const struct command *command, struct error *error);

/* ERROR_USAGE for too few or too many words. */
int command_check_words(const struct command *command, size_t count, struct error *error);

/* Print text to standard output completely. */
int command_print(const struct text *text, struct error *error);

#define OPTION_TABLE(array)                                                                                  \
    {                                                                                                        \
        .rows = (array), .count = sizeof(array) / sizeof((array)[0])                                         \
    }
