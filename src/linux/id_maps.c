/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing the id maps of a new user namespace, directly or by shadow's helpers. */
#include "linux/id_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/procfs.h"

/* The kernel refuses writes of a page or more. */
enum { MAP_TEXT_SIZE = 4096, NUMBER_SIZE = 12, HELPER_OUTPUT_SIZE = 512 };

static int write_map(int procfs, pid_t child, const char *file, const struct plan_id_mappings *mappings,
                     struct error *error)
{
    char buffer[MAP_TEXT_SIZE], path[64];
    struct text text = text_over(buffer, sizeof(buffer));

    for (size_t i = 0; i < mappings->count; i++) {
        text_append_unsigned(&text, mappings->items[i].container_id);
        text_append_character(&text, ' ');
        text_append_unsigned(&text, mappings->items[i].host_id);
        text_append_character(&text, ' ');
        text_append_unsigned(&text, mappings->items[i].size);
        text_append_character(&text, '\n');
    }
    if (text.overflow)
        return error_set(
            error, ERROR_LIMIT,
            "%s: the %zu mappings are longer than the %d bytes that the kernel takes in one write", file,
            mappings->count, MAP_TEXT_SIZE - 1);
    text_print(path, sizeof(path), "%d/%s", (int)child, file);
    if (procfs_write(procfs, path, text.bytes, error) == 0)
        return 0;
    if (error->system_errno == EPERM)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "write the %s of the user namespace: not permitted: without CAP_SETUID and CAP_SETGID only the "
            "runtime's own id can be mapped; ranges need newuidmap and newgidmap (package uidmap) and "
            "entries in "
            "/etc/subuid and /etc/subgid",
            file);
    if (error->system_errno == EINVAL)
        return error_set(
            error, ERROR_INVALID,
            "write the %s of the user namespace: the kernel refuses the mappings: they overlap, or are more "
            "than 340",
            file);
    return error_prefix(error, "write the %s of the user namespace", file);
}

/* newuidmap PID CONTAINER HOST SIZE …, as an array over one block of memory. */
static char **helper_arguments(const char *program, pid_t child, const struct plan_id_mappings *mappings)
{
    size_t count = 2 + 3 * mappings->count;
    char **arguments = malloc((count + 1) * sizeof(char *) + count * NUMBER_SIZE);
    char *numbers;

    if (arguments == NULL)
        return NULL;
    numbers = (char *)(arguments + count + 1);
    for (size_t i = 1; i < count; i++)
        arguments[i] = numbers + i * NUMBER_SIZE;
    arguments[0] = (char *)(uintptr_t)program;
    arguments[count] = NULL;
    snprintf(arguments[1], NUMBER_SIZE, "%d", (int)child);
    for (size_t i = 0; i < mappings->count; i++) {
        snprintf(arguments[2 + 3 * i], NUMBER_SIZE, "%u", mappings->items[i].container_id);
        snprintf(arguments[3 + 3 * i], NUMBER_SIZE, "%u", mappings->items[i].host_id);
        snprintf(arguments[4 + 3 * i], NUMBER_SIZE, "%u", mappings->items[i].size);
    }
    return arguments;
}

/* Start it with no environment and its output in a pipe. 0, or an errno. */
static int spawn_helper(const char *program, char **arguments, int output, pid_t *helper)
{
    static char *const no_environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int number = posix_spawn_file_actions_init(&actions);

    if (number != 0)
        return number;
    number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    if (number == 0)
        number = posix_spawn(helper, program, &actions, NULL, arguments, no_environment);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

/* What it said, one line, and how it ended. */
static int collect_helper(pid_t helper, int output, const char *program, struct error *error)
{
    char said[HELPER_OUTPUT_SIZE], surplus[HELPER_OUTPUT_SIZE];
    size_t length = 0;
    int status;
    ssize_t got;

    do {
        got = read(output, length + 1 < sizeof(said) ? said + length : surplus,
                   length + 1 < sizeof(said) ? sizeof(said) - 1 - length : sizeof(surplus));
        if (got > 0 && length + 1 < sizeof(said))
            length += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    while (length > 0 && said[length - 1] == '\n')
        length--;
    said[length] = '\0';
    while (waitpid(helper, &status, 0) < 0)
        if (errno != EINTR)
            return error_system(error, errno, "wait for %s", program);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return error_set(error, ERROR_SYSTEM,
                     "%s could not map the ids: %s (the ranges come from /etc/subuid and /etc/subgid)",
                     program, length > 0 ? said : "it said nothing");
}

static int run_helper(const char *program, pid_t child, const struct plan_id_mappings *mappings,
                      struct error *error)
{
    cleanup_free char **arguments = helper_arguments(program, child, mappings);
    cleanup_fd int reader = -1, writer = -1;
    int pair[2], number;
    pid_t helper;

    if (arguments == NULL)
        return error_system(error, ENOMEM, "start %s", program);
    if (pipe2(pair, O_CLOEXEC) < 0)
        return error_system(error, errno, "make a pipe for %s", program);
    reader = pair[0];
    writer = pair[1];
    number = spawn_helper(program, arguments, writer, &helper);
    if (number != 0)
        return error_system(error, number, "start %s", program);
    descriptor_close(&writer);
    return collect_helper(helper, reader, program, error);
}

int id_maps_write(const struct plan_namespaces *plan, pid_t child, struct error *error)
{
    struct error unheard;
    cleanup_fd int procfs = -1;
    char path[64];

    if (error == NULL)
        error = &unheard;
    if (plan->use_mapping_helpers) {
        /* They write setgroups themselves where it is needed. */
        if (run_helper(plan->newgidmap, child, &plan->gid_mappings, error) < 0)
            return -1;
        return run_helper(plan->newuidmap, child, &plan->uid_mappings, error);
    }
    procfs = procfs_open(PROCFS_PROCESSES, NULL, error);
    if (procfs < 0)
        return -1;
    /* Before gid_map: a user without rights could otherwise drop a group that keeps him from a file
     * (CVE-2014-8989). */
    if (plan->deny_setgroups) {
        text_print(path, sizeof(path), "%d/setgroups", (int)child);
        if (procfs_write(procfs, path, "deny", error) < 0)
            return error_prefix(error, "deny setgroups in the user namespace");
    }
    if (write_map(procfs, child, "gid_map", &plan->gid_mappings, error) < 0)
        return -1;
    return write_map(procfs, child, "uid_map", &plan->uid_mappings, error);
}
