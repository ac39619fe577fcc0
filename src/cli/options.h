/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options by tables: one row names an option, says where its value goes, and is the line that help prints.
 *
 * --name=value and --name value, -n value and -nvalue, flags together (-dt); "--" ends the options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum option_kind {
    OPTION_FLAG,    /* bool; no argument */
    OPTION_BOOLEAN, /* bool; --name or --name=true|false */
    OPTION_STRING,  /* const char *; given twice, the last counts */
    OPTION_NUMBER,  /* uint32_t, at most `maximum` */
    OPTION_WORD,    /* const char *, one of `words` */
    OPTION_LIST,    /* struct json_strings; each time appends */
    OPTION_REFUSED, /* other runtimes have it and we do not: `help` is the reason. Not shown by help. */
};

struct option {
    const char *name; /* without dashes */
    char short_name;  /* 0: none */
    enum option_kind kind;
    size_t offset;        /* of the value in the command's struct */
    const char *argument; /* what help calls it: "FILE" */
    const char *help;
    uint32_t maximum;         /* OPTION_NUMBER */
    const char *const *words; /* OPTION_WORD: ends with NULL */
    char other_short_name;    /* 0: none; understood, not shown by help */
};

struct option_table {
    const struct option *rows;
    size_t count;
};

/* What options_parse leaves: the words that are no options. */
struct option_rest {
    char **words;
    size_t count;
    bool help; /* --help, -h, or crun's --usage and -? were among the options */
};

/*
 * Parse words[0…count) into *values. stop_at_first: the first word that is no option ends the options (global
 * options; exec, whose command has options of its own); otherwise they may stand anywhere. context: for
 * messages ("thwart run"). Errors: ERROR_USAGE, with "did you mean".
 */
int options_parse(const struct option_table *table, char **words, size_t count, bool stop_at_first,
                  const char *context, void *values, struct arena *arena, struct option_rest *rest,
                  struct error *error);

/* One line for each option. */
void options_describe(const struct option_table *table, struct text *text);

/* The candidate that word was probably meant to be, or NULL. names: count of them. */
const char *options_closest(const char *word, const char *const *names, size_t count);
