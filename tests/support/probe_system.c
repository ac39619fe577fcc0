/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands that make one system call by number, in the ways a filter must see: native, int 0x80, sockets.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
    long result;
    int error;
};

/* Runs `call` in a child, because the answer may be a deadly signal, and prints what came of it. */
static int in_child(const char *what, const char *object, struct outcome (*call)(char **), char **arguments)
{
    int pipe_ends[2];
    int status = 0;
    struct outcome outcome = {0};

    if (pipe(pipe_ends) < 0)
        return 113;
    pid_t child = fork();
    if (child < 0)
        return 113;
    if (child == 0) {
        outcome = call(arguments);
        _exit(write(pipe_ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 114);
    }
    close(pipe_ends[1]);
    ssize_t count = read(pipe_ends[0], &outcome, sizeof outcome);
    close(pipe_ends[0]);
    if (waitpid(child, &status, 0) < 0)
        return 113;
    json_open(NULL, '{');
    json_text("did", what);
    json_text("on", object);
    if (count == sizeof outcome) {
        json_number("result", outcome.result);
        json_error("error", outcome.error);
    }
    json_number("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    json_close('}');
    json_flush();
    return count == sizeof outcome && outcome.error == 0 ? 0 : 1;
}

static struct outcome outcome_of(long result)
{
    return (struct outcome){result, result == -1 ? errno : 0};
}

static struct outcome call_native(char **arguments)
{
    long value[7] = {0};

    for (size_t index = 0; index < 7 && arguments[index]; index++)
        value[index] = (long)parse_number(arguments[index]);
    return outcome_of(syscall(value[0], value[1], value[2], value[3], value[4], value[5], value[6]));
}

static int native_call(int argc, char **argv)
{
    (void)argc;
    return in_child("syscall", argv[1], call_native, argv + 1);
}

#if defined(__x86_64__)
/* The 32-bit entry of a 64-bit kernel: what a filter sees there has another architecture value. */
static struct outcome call_compatible(char **arguments)
{
    long value[4] = {0};
    long result;

    for (size_t index = 0; index < 4 && arguments[index]; index++)
        value[index] = (long)parse_number(arguments[index]);
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(value[0]), "b"(value[1]), "c"(value[2]), "d"(value[3])
                     : "memory", "cc", "r8", "r9", "r10", "r11");
    if ((int)result < 0 && (int)result > -4096)
        return (struct outcome){-1, -(int)result};
    return (struct outcome){result, 0};
}

static int compatible_call(int argc, char **argv)
{
    (void)argc;
    return in_child("int80", argv[1], call_compatible, argv + 1);
}
#endif

static int make_socket(int argc, char **argv)
{
    int type = argc > 2 ? (int)parse_number(argv[2]) : SOCK_STREAM;
    int protocol = argc > 3 ? (int)parse_number(argv[3]) : 0;
    int fd = socket((int)parse_number(argv[1]), type | SOCK_CLOEXEC, protocol);

    return tell_outcome("socket", argv[1], fd < 0 ? -1 : 0);
}

static int unshare_flags(int argc, char **argv)
{
    (void)argc;
    return tell_outcome("unshare", argv[1], unshare((int)parse_number(argv[1])));
}

/* Types a character into the terminal on a descriptor; the upper half of the request is the caller's choice.
 */
static struct outcome call_inject(char **arguments)
{
    char letter = 'x';
    unsigned long request = (unsigned long)parse_number(arguments[1]);

    return outcome_of(syscall(SYS_ioctl, parse_number(arguments[0]), request, &letter));
}

static int inject_character(int argc, char **argv)
{
    (void)argc;
    return in_child("ioctl", argv[2], call_inject, argv + 1);
}

static struct outcome call_connect(char **arguments)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int type = strcmp(arguments[1], "datagram") == 0 ? SOCK_DGRAM : SOCK_STREAM;
    const char *text = arguments[2] ? arguments[2] : "";

    if (strlen(arguments[0]) >= sizeof address.sun_path)
        return (struct outcome){-1, ENAMETOOLONG};
    memcpy(address.sun_path, arguments[0], strlen(arguments[0]) + 1);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return outcome_of(-1);
    return outcome_of(write(fd, text, strlen(text)));
}

static int connect_socket(int argc, char **argv)
{
    (void)argc;
    return in_child("connect", argv[1], call_connect, argv + 1);
}

const struct probe_command probe_system_commands[] = {
    {"syscall", 1, "NUMBER [ARGUMENT...]", native_call},
#if defined(__x86_64__)
    {"int80", 1, "NUMBER [ARGUMENT...]", compatible_call},
#endif
    {"socket", 1, "FAMILY [TYPE [PROTOCOL]]", make_socket},
    {"unshare", 1, "FLAGS", unshare_flags},
    {"inject", 2, "FD REQUEST", inject_character},
    {"connect", 2, "PATH stream|datagram [TEXT]", connect_socket},
    {NULL, 0, NULL, NULL},
};
