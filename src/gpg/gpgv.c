/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running gpgv. */
#include "gpg/gpgv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "gpg/program.h"

#define STATUS_PREFIX "[GNUPG:] "

enum { STATUS_FD = 3, KEYS_FD = 4, STATUS_BYTES_MAX = 64 * 1024, PATIENCE_MS = 1000 };

struct run {
    const char *path;
    int input, output, keys, status;
    pid_t maker;
};

bool gpgv_find(char *path, size_t size)
{
    struct error error;

    return program_find("gpgv", path, size, &error) == 0;
}

/* ---- the program ---- */

/* Ours go to numbers that none of them has. */
static int place_descriptors(const struct run *run)
{
    const struct {
        int from, to;
    } places[] = {{run->input, STDIN_FILENO},
                  {run->output, STDOUT_FILENO},
                  {run->status, STATUS_FD},
                  {run->keys, KEYS_FD}};
    int copies[ARRAY_LENGTH(places)];

    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        copies[i] = fcntl(places[i].from, F_DUPFD_CLOEXEC, KEYS_FD + 1);
        if (copies[i] < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
        if (dup2(copies[i], places[i].to) < 0)
            return -1;
    return descriptor_cloexec_from(KEYS_FD + 1);
}

static _Noreturn void become(const struct run *run)
{
    char *const environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"LC_ALL=C"}, NULL};
    char *const arguments[] = {(char[]){"gpgv"},
                               (char[]){"--homedir=/nonexistent"},
                               (char[]){"--keyring=gnupg-ring:/proc/self/fd/4"},
                               (char[]){"--status-fd=3"},
                               (char[]){"--output=-"},
                               (char[]){"-"},
                               NULL};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != run->maker || setsid() < 0 ||
        program_limit() != 0 || place_descriptors(run) != 0)
        _exit(126);
    execve(run->path, arguments, environment);
    _exit(127);
}

/* ---- what it says ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All until it closes its end. */
static int read_status(int status, int timeout_ms, char *bytes, size_t *length, struct error *error)
{
    int64_t deadline_ms = now_ms() + timeout_ms;

    *length = 0;
    for (;;) {
        struct pollfd wait = {.fd = status, .events = POLLIN};
        int64_t left_ms = deadline_ms - now_ms();
        ssize_t count;

        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) == 0)
            return error_set(error, ERROR_LIMIT, "gpgv has not answered for %d.%d s and was ended",
                             timeout_ms / 1000, timeout_ms % 1000 / 100);
        count = read(status, bytes + *length, STATUS_BYTES_MAX - *length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_system(error, errno, "listening to gpgv");
        if (count == 0)
            return 0;
        *length += (size_t)count;
        if (*length == STATUS_BYTES_MAX)
            return error_set(error, ERROR_LIMIT, "gpgv says more than %d bytes", STATUS_BYTES_MAX);
    }
}

/* bytes: NUL-terminated, ours to cut. */
static void hear_lines(char *bytes, struct lines *lines)
{
    char *next = bytes;

    while (*next != '\0') {
        char *line = next, *arguments;

        next += strcspn(next, "\n");
        if (*next == '\n')
            *next++ = '\0';
        if (!text_starts_with(line, STATUS_PREFIX)) {
            lines->odd = true;
            continue;
        }
        line += strlen(STATUS_PREFIX);
        arguments = line + strcspn(line, " ");
        if (*arguments == ' ')
            *arguments++ = '\0';
        lines_hear(lines, line, arguments);
    }
}

/* patience_ms: for one that has said everything. Whatever is left of its group ends with it. */
static void end(pid_t program, int patience_ms, int *status)
{
    cleanup_fd int pidfd = pidfd_open(program, 0);
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};

    if (pidfd >= 0)
        (void)poll(&wait, 1, patience_ms);
    /* Not reaped yet, so both numbers are still its own. */
    kill(-program, SIGKILL);
    kill(program, SIGKILL);
    while (waitpid(program, status, 0) < 0 && errno == EINTR)
        ;
}

static int listen_to(pid_t program, int status, int timeout_ms, struct lines *lines, struct error *error)
{
    char bytes[STATUS_BYTES_MAX + 1];
    size_t length;
    int result = read_status(status, timeout_ms, bytes, &length, error), exit_status = 0;

    end(program, result == 0 ? PATIENCE_MS : 0, &exit_status);
    if (result != 0)
        return -1;
    bytes[length] = '\0';
    lines->odd |= strlen(bytes) != length;
    hear_lines(bytes, lines);
    if (lines->all > 0)
        return 0;
    if (WIFSIGNALED(exit_status))
        return error_set(error, ERROR_SYSTEM, "gpgv was ended by signal %d", WTERMSIG(exit_status));
    return error_set(error, ERROR_UNSUPPORTED, "gpgv has ended with status %d, without a word",
                     WEXITSTATUS(exit_status));
}

static int memory_file(const void *bytes, size_t length, int *file, struct error *error)
{
    *file = memfd_create("thwart-gpg", MFD_CLOEXEC);
    if (*file < 0 || descriptor_write_all(*file, bytes, length) != 0 || lseek(*file, 0, SEEK_SET) != 0)
        return error_system(error, errno, "making a memory file for gpgv");
    return 0;
}

int gpgv_verify(const char *path, const struct keys *keys, const void *message, size_t length, int output,
                int timeout_ms, struct lines *lines, struct error *error)
{
    cleanup_fd int ring = -1, input = -1, heard = -1, told = -1;
    struct run run = {.path = path, .output = output, .maker = getpid()};
    pid_t program;
    int ends[2];

    if (memory_file(keys->bytes, keys->length, &ring, error) != 0 ||
        memory_file(message, length, &input, error) != 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_system(error, errno, "making a pipe for gpgv");
    heard = ends[0];
    told = ends[1];
    run.keys = ring;
    run.input = input;
    run.status = told;
    program = fork();
    if (program < 0)
        return error_system(error, errno, "making a process for gpgv");
    if (program == 0)
        become(&run);
    descriptor_close(&told);
    return listen_to(program, heard, timeout_ms, lines, error);
}
