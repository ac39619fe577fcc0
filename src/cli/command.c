/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands. */
#include "cli/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"

enum { SUBCOMMANDS_MAX = 32, HELP_BYTES_MAX = 64 * 1024 };

static const struct command *const commands[] = {
    &command_create,   &command_start, &command_run,        &command_exec,    &command_kill,
    &command_delete,   &command_ps,    &command_pause,      &command_resume,  &command_update,
    &command_check,    &command_score, &command_checkpoint, &command_restore, &command_events,
    &command_state,    &command_list,  &command_plan,       &command_policy,  &command_image,
    &command_features, &command_spec,
};

/* Commands of other runtimes that are none of ours. */
static const struct {
    const char *name, *reason;
} refused[] = {
    {"mounts",
     "the mounts of a container are those that were granted when it was created: delete it and create it "
     "with others"},
};

const struct command *const *command_all(size_t *count)
{
    *count = ARRAY_LENGTH(commands);
    return commands;
}

int command_find(const char *name, const struct command **command, struct error *error)
{
    const char *names[ARRAY_LENGTH(commands)];
    const char *closest;

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        names[i] = commands[i]->name;
        if (strcmp(name, commands[i]->name) == 0) {
            *command = commands[i];
            return 0;
        }
    }
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++)
        if (strcmp(name, refused[i].name) == 0)
            return error_set(error, ERROR_USAGE, "the command %s is refused: %s", name, refused[i].reason);
    closest = options_closest(name, names, ARRAY_LENGTH(names));
    if (closest != NULL)
        return error_set(error, ERROR_USAGE, "unknown command \"%.64s\"; did you mean %s?", name, closest);
    return error_set(error, ERROR_USAGE, "unknown command \"%.64s\"; see thwart --help", name);
}

/* "check" of "policy check". */
static const char *name_below(const struct command *command, const struct command *below)
{
    return below->name + strlen(command->name) + 1;
}

int command_find_below(const struct command *command, const char *word, const struct command **found,
                       struct error *error)
{
    const char *names[SUBCOMMANDS_MAX];
    const char *closest;
    size_t count = 0;

    for (; command->subcommands[count] != NULL && count < SUBCOMMANDS_MAX; count++) {
        names[count] = name_below(command, command->subcommands[count]);
        if (strcmp(word, names[count]) == 0) {
            *found = command->subcommands[count];
            return 0;
        }
    }
    closest = options_closest(word, names, count);
    if (closest != NULL)
        return error_set(error, ERROR_USAGE, "thwart %s: unknown subcommand \"%.64s\"; did you mean %s?",
                         command->name, word, closest);
    return error_set(error, ERROR_USAGE, "thwart %s: unknown subcommand \"%.64s\"; see thwart %s --help",
                     command->name, word, command->name);
}

int command_print_help(const struct command *command, struct error *error)
{
    cleanup_text struct text text = text_growing(HELP_BYTES_MAX);

    text_append_format(&text, "Usage: thwart %s [OPTION...]%s%s\n\n%s\n\n", command->name,
                       command->words[0] == '\0' ? "" : " ", command->words, command->summary);
    if (command->subcommands != NULL) {
        text_append(&text, "Subcommands:\n");
        for (size_t i = 0; command->subcommands[i] != NULL; i++)
            text_append_format(&text, "  %-12s%s\n", name_below(command, command->subcommands[i]),
                               command->subcommands[i]->summary);
        text_append(&text, "\n");
    }
    text_append(&text, "Options:\n");
    options_describe(&command->options, &text);
    return command_print(&text, error);
}

int command_check_words(const struct command *command, size_t count, struct error *error)
{
    if (count < command->words_minimum)
        return error_set(error, ERROR_USAGE, "thwart %s: too few arguments; usage: thwart %s [OPTION...] %s",
                         command->name, command->name, command->words);
    if (count > command->words_maximum)
        return error_set(error, ERROR_USAGE, "thwart %s: too many arguments; usage: thwart %s [OPTION...] %s",
                         command->name, command->name, command->words);
    return 0;
}

int command_run_below(const struct command *command, const struct invocation *invocation, int *status,
                      struct error *error)
{
    struct invocation below = *invocation;
    const struct command *found;
    struct option_rest rest;
    void *options;

    if (command_find_below(command, invocation->words[0], &found, error) != 0)
        return -1;
    options = arena_allocate(invocation->arena, found->options_size);
    if (options_parse(&found->options, (char **)invocation->words + 1, invocation->word_count - 1, false,
                      arena_format(invocation->arena, "thwart %s", found->name), options, invocation->arena,
                      &rest, error) != 0)
        return -1;
    if (rest.help)
        return command_print_help(found, error);
    if (command_check_words(found, rest.count, error) != 0)
        return -1;
    below.options = options;
    below.words = rest.words;
    below.word_count = rest.count;
    return found->run(&below, status, error);
}

int command_print(const struct text *text, struct error *error)
{
    if (text_complete(text, "the output", error) != 0)
        return -1;
    if (descriptor_write_all(STDOUT_FILENO, text->bytes, text->length) != 0)
        return error_system(error, errno, "writing to standard output");
    return 0;
}
