/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From argv to an exit status. */
#include "cli/invoke.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/global_options.h"
#include "cli/log.h"
#include "cli/startup.h"
#include "container/delegate.h"
#include "container/undo.h"
#include "linux/self_copy.h"

enum { HANDED_ON_MAX = 1024, MEMORY_EXHAUSTED_STATUS = 1, HELP_BYTES_MAX = 64 * 1024 };

static void memory_exhausted(void)
{
    undo_emergency();
    log_failure("out of memory, or the request is larger than thwart's limit for it");
    _exit(MEMORY_EXHAUSTED_STATUS);
}

/* Environment of service managers: sockets that are handed on (systemd's sd_listen_fds). */
static int read_listen_fds(uint32_t *count, struct error *error)
{
    const char *text = getenv("LISTEN_FDS");
    uint64_t value;

    *count = 0;
    if (text == NULL || text[0] == '\0')
        return 0;
    if (!number_unsigned(text, HANDED_ON_MAX, &value))
        return error_set(error, ERROR_INVALID, "LISTEN_FDS \"%.64s\" is not a number from 0 to %d", text,
                         (int)HANDED_ON_MAX);
    *count = (uint32_t)value;
    return 0;
}

static int ready_descriptors(const struct command *command, struct invocation *invocation,
                             struct error *error)
{
    uint32_t kept = 0;

    if ((command->needs & COMMAND_KEEPS_DESCRIPTORS) != 0) {
        if (read_listen_fds(&invocation->listen_fds, error) != 0)
            return -1;
        kept = invocation->listen_fds + *(const uint32_t *)(const void *)((const char *)invocation->options +
                                                                          command->preserve_offset);
        invocation->notify_socket = getenv("NOTIFY_SOCKET");
        if (invocation->notify_socket != NULL && invocation->notify_socket[0] == '\0')
            invocation->notify_socket = NULL;
    }
    return startup_descriptors(kept, error);
}

static int run_command(const struct command *command, const struct runtime *runtime, char *arguments[],
                       const struct option_rest *global_rest, struct arena *arena, int *status,
                       struct error *error)
{
    void *options = arena_allocate(arena, command->options_size);
    struct invocation invocation = {.runtime = runtime, .arena = arena, .options = options};
    struct option_rest rest;

    if (options_parse(&command->options, global_rest->words + 1, global_rest->count - 1,
                      (command->needs & COMMAND_STOPS_AT_WORD) != 0,
                      arena_format(arena, "thwart %s", command->name), options, arena, &rest, error) != 0)
        return -1;
    if (rest.help) {
        if (command->available != NULL && command->available(error) != 0)
            return error_prefix(error, "thwart %s", command->name);
        return command_print_help(command, error);
    }
    if (command_check_words(command, rest.count, error) != 0)
        return -1;
    invocation.words = rest.words;
    invocation.word_count = rest.count;
    /* Before descriptors are marked close-on-exec: the copy still needs those that words name (exec --process
     * <(...) is /dev/fd/63). */
    if ((command->needs & COMMAND_ENTERS_CONTAINER) != 0 && self_copy_ensure(arguments, error) != 0)
        return -1;
    if (ready_descriptors(command, &invocation, error) != 0)
        return -1;
    return command->run(&invocation, status, error);
}

static int print_and_end(void (*fill)(struct text *), struct error *error)
{
    cleanup_text struct text text = text_growing(HELP_BYTES_MAX);

    fill(&text);
    return command_print(&text, error);
}

/* "thwart help", as runc has it: about what this program knows, whether the host can do it or not. */
static int print_help_on(char *const *words, size_t count, struct error *error)
{
    const struct command *command;

    if (count == 0)
        return print_and_end(global_help, error);
    if (command_find(words[0], &command, error) != 0)
        return -1;
    if (count > 1 && command->subcommands != NULL &&
        command_find_below(command, words[1], &command, error) != 0)
        return -1;
    return command_print_help(command, error);
}

/* The value of --name in words[*at] or in the word behind it; NULL when that is another word. */
static const char *value_of(const char *name, char *const *words, size_t count, size_t at)
{
    size_t length = strlen(name);

    if (strncmp(words[at], name, length) != 0)
        return NULL;
    if (words[at][length] == '=')
        return words[at] + length + 1;
    return words[at][length] == '\0' && at + 1 < count ? words[at + 1] : NULL;
}

/*
 * A line with a wrong option of ours was left half read. Engines look for the reason in the log all the same
 * (Podman puts the flags of --runtime-flag before --log; without the file Docker tells its user of a missing
 * command): the two options are looked for by themselves, up to the command.
 */
static void open_log_of_wrong_line(char *const *words, size_t count)
{
    const char *path = NULL, *format = NULL, *value;
    const struct command *command;

    for (size_t i = 0; i < count && command_find(words[i], &command, NULL) != 0; i++) {
        if ((value = value_of("--log", words, count, i)) != NULL)
            path = value;
        else if ((value = value_of("--log-format", words, count, i)) != NULL)
            format = value;
    }
    /* Should it not open, the wrong option is still what the user has to mend. */
    (void)log_open(path, format != NULL && strcmp(format, "json") == 0, false, NULL);
}

/* What another runtime in our place would have been told. */
static struct delegation delegation_of(const struct global_options *global, const struct option_rest *rest)
{
    return (struct delegation){
        .path = global->delegate,
        .root = global->delegate_root,
        .options = global->delegate_options,
        .log = global->log,
        .log_format = global->log_format,
        .rootless = global->rootless,
        .cgroup_manager = global->cgroup_manager,
        .debug = global->debug,
        .systemd_cgroup = global->systemd_cgroup,
        .words = rest->words,
        .word_count = rest->count,
    };
}

static int invoke_checked(int argument_count, char *arguments[], struct arena *arena,
                          enum exit_family *family, int *status, struct error *error)
{
    struct global_options global = {0};
    struct runtime runtime = {.notices = {.receive = log_notice}};
    const size_t count = argument_count > 0 ? (size_t)argument_count - 1 : 0;
    const struct command *command;
    struct delegation delegation;
    struct option_rest rest;

    if (startup_harden(error) != 0)
        return -1;
    if (options_parse(&global_option_table, arguments + 1, count, true, "thwart", &global, arena, &rest,
                      error) != 0) {
        open_log_of_wrong_line(arguments + 1, count);
        return -1;
    }
    if (log_open(global.log, global.log_format != NULL && global.log_format[0] == 'j', global.debug, error) !=
        0)
        return -1;
    log_set_level(global.log_level);
    if (rest.help)
        return print_and_end(global_help, error);
    if (global.version)
        return print_and_end(global_version, error);
    if (rest.count == 0)
        return error_set(error, ERROR_USAGE, "no command is given; see thwart --help");
    if (strcmp(rest.words[0], "help") == 0)
        return print_help_on(rest.words + 1, rest.count - 1, error);
    if (command_find(rest.words[0], &command, error) != 0)
        return -1;
    *family = command->family;
    if (global_cgroup_manager(&global, &runtime.cgroup_manager, error) != 0)
        return -1;
    runtime.root = global.root;
    runtime.allow_socketcall = global.allow_socketcall;
    runtime.policies = (struct policies_request){
        .configuration_file = global.configuration, .named = global.policies, .state_root = global.root};
    delegation = delegation_of(&global, &rest);
    runtime.delegation = &delegation;
    return run_command(command, &runtime, arguments, &rest, arena, status, error);
}

/* Programs that call a file of a folder with words of their own find us under a name that says what is meant:
 * "image", "verifier" and those words. */
static void stand_for_command(int *argument_count, char ***arguments, struct arena *arena)
{
    static const char name[] = "thwart-image-verifier";
    const char *called = *argument_count > 0 ? (*arguments)[0] : "";
    const char *slash = strrchr(called, '/');
    char **all;

    if (strcmp(slash != NULL ? slash + 1 : called, name) != 0)
        return;
    all = arena_array(arena, (size_t)*argument_count + 3, sizeof(*all));
    all[0] = (*arguments)[0];
    all[1] = arena_string(arena, "image");
    all[2] = arena_string(arena, "verifier");
    for (int i = 1; i < *argument_count; i++)
        all[i + 2] = (*arguments)[i];
    *arguments = all;
    *argument_count += 2;
}

int invoke(int argument_count, char *arguments[])
{
    cleanup_arena struct arena arena = {0};
    struct error error = {0};
    enum exit_family family = EXIT_FAMILY_PLAIN;
    int status = 0;

    arena_set_exhausted_handler(memory_exhausted);
    stand_for_command(&argument_count, &arguments, &arena);
    if (invoke_checked(argument_count, arguments, &arena, &family, &status, &error) == 0)
        return status;
    log_failure(error.message);
    return exit_status_for(family, error.kind);
}
