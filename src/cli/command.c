/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands. */
#include "cli/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"

static const struct command *const commands[] = {
    &command_create, &command_start, &command_run,    &command_exec,   &command_kill,       &command_delete,
    &command_ps,     &command_pause, &command_resume, &command_update, &command_checkpoint, &command_restore,
    &command_events, &command_state, &command_list,   &command_plan,   &command_features,   &command_spec,
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

int command_print(const struct text *text, struct error *error)
{
    if (text_complete(text, "the output", error) != 0)
        return -1;
    if (descriptor_write_all(STDOUT_FILENO, text->bytes, text->length) != 0)
        return error_system(error, errno, "writing to standard output");
    return 0;
}
