/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child with two pipes, read together until both are at their end, within a time. */
#include "linux/host_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

enum { COMPLAINT_SIZE = 512, PIECE_SIZE = 65536 };

struct host_program {
    const char *what, *path;
    pid_t pid;
    int output, complaints; /* our ends of its pipes */
    struct text said;       /* its standard output */
    struct text complained; /* the beginning of its standard error */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int choose(struct host_program *program, const char *const *candidates, struct error *error)
{
    for (const char *const *candidate = candidates; *candidate != NULL; candidate++) {
        program->path = *candidate;
        if (faccessat(AT_FDCWD, *candidate, X_OK, AT_EACCESS) == 0)
            return 0;
        if (errno != ENOENT && errno != ENOTDIR)
            return error_system(error, errno, "the program %s of this host", *candidate);
    }
    return error_set(error, ERROR_UNSUPPORTED, "this host has no program %s (looked for as %s): install it",
                     program->what, candidates[0]);
}

/* 0, or an errno. What callers ignore or block must not reach it: a SIGPIPE ignored by conmon, for one. */
static int spawn(struct host_program *program, int output, int complaints, char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int number;

    sigfillset(&all);
    sigemptyset(&none);
    if (posix_spawnattr_init(&attributes) != 0)
        return ENOMEM;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        posix_spawnattr_destroy(&attributes);
        return ENOMEM;
    }
    number = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (number == 0)
        number = posix_spawnattr_setsigdefault(&attributes, &all);
    if (number == 0)
        number = posix_spawnattr_setsigmask(&attributes, &none);
    if (number == 0)
        number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
    if (number == 0)
        number = posix_spawn(&program->pid, program->path, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return number;
}

static int start(struct host_program *program, char *const *arguments, struct error *error)
{
    cleanup_fd int output = -1, complaints = -1;
    int pair[2], number;

    if (pipe2(pair, O_CLOEXEC) != 0)
        return error_system(error, errno, "making a pipe for %s", program->what);
    program->output = pair[0];
    output = pair[1];
    if (pipe2(pair, O_CLOEXEC) != 0)
        return error_system(error, errno, "making a pipe for %s", program->what);
    program->complaints = pair[0];
    complaints = pair[1];
    number = spawn(program, output, complaints, arguments);
    if (number != 0) {
        program->pid = 0;
        return error_system(error, number, "starting %s", program->path);
    }
    return 0;
}

/* One piece from a pipe that is ready; at its end it is closed. 0, or -1 with errno. */
static int take_piece(int *pipe, struct text *text, char *piece)
{
    ssize_t length = read(*pipe, piece, PIECE_SIZE);

    if (length < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    if (length == 0)
        descriptor_close(pipe);
    text_append_bytes(text, piece, (size_t)length);
    return 0;
}

static int take_output(struct host_program *program, int timeout_ms, char *piece, struct error *error)
{
    int64_t deadline = now_ms() + timeout_ms;

    while (program->output >= 0 || program->complaints >= 0) {
        struct pollfd pipes[] = {{.fd = program->output, .events = POLLIN},
                                 {.fd = program->complaints, .events = POLLIN}};
        int64_t left = deadline - now_ms();

        if (left <= 0)
            return error_set(error, ERROR_LIMIT, "%s has not ended within %d s and was killed", program->path,
                             timeout_ms / 1000);
        if (poll(pipes, ARRAY_LENGTH(pipes), (int)left) < 0) {
            if (errno == EINTR)
                continue;
            return error_system(error, errno, "waiting for %s", program->path);
        }
        if ((pipes[0].revents != 0 && take_piece(&program->output, &program->said, piece) != 0) ||
            (pipes[1].revents != 0 && take_piece(&program->complaints, &program->complained, piece) != 0))
            return error_system(error, errno, "reading what %s says", program->path);
        if (program->said.overflow)
            return text_complete(&program->said, "what it prints", error);
    }
    return 0;
}

/* -1: it was killed by us, or cannot be waited for. */
static int reap(struct host_program *program, bool kill_it, int *status)
{
    pid_t got;

    if (program->pid == 0)
        return -1;
    if (kill_it)
        (void)kill(program->pid, SIGKILL); /* our child, not yet waited for: the number is still its own */
    do
        got = waitpid(program->pid, status, 0);
    while (got < 0 && errno == EINTR);
    program->pid = 0;
    return got < 0 || kill_it ? -1 : 0;
}

static int judge(const struct host_program *program, int status, struct error *error)
{
    char *line_end = strchr(program->complained.bytes, '\n');

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (line_end != NULL)
        *line_end = '\0';
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_SYSTEM, "%s was ended by signal %d", program->path, WTERMSIG(status));
    return error_set(error, ERROR_INVALID, "%s failed with status %d%s%s", program->path, WEXITSTATUS(status),
                     program->complained.bytes[0] != '\0' ? ": " : "", program->complained.bytes);
}

int host_program_output(const char *what, const char *const *candidates, char *const *arguments, size_t limit,
                        int timeout_ms, struct arena *arena, char **output, struct error *error)
{
    char complaints[COMPLAINT_SIZE];
    char *piece = arena_allocate(arena, PIECE_SIZE);
    struct host_program program = {
        .what = what,
        .output = -1,
        .complaints = -1,
        .said = text_growing(limit),
        .complained = text_over(complaints, sizeof(complaints)),
    };
    int status = 0;
    int result = choose(&program, candidates, error);

    if (result == 0)
        result = start(&program, arguments, error);
    if (result == 0)
        result = take_output(&program, timeout_ms, piece, error);
    if (reap(&program, result != 0, &status) != 0 && result == 0)
        result = error_system(error, errno, "waiting for the end of %s", program.path);
    if (result == 0)
        result = judge(&program, status, error);
    if (result == 0)
        *output = arena_copy(arena, program.said.bytes, program.said.length);
    descriptor_close(&program.output);
    descriptor_close(&program.complaints);
    text_free(&program.said);
    return result;
}
