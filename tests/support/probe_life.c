/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands on living and dying: sleep, exit, signals, children, memory, running another program. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void note_signal(int number)
{
    received = number;
}

static int say(const char *word)
{
    size_t length = strlen(word);

    return write(STDOUT_FILENO, word, length) == (ssize_t)length ? 0 : 111;
}

static void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    /* SIGKILL and SIGSTOP refuse: that is their nature, not a failure. */
    if (sigaction(number, &action, NULL) < 0 && errno != EINVAL)
        _exit(113);
}

/* Pid 1 of a PID namespace ignores what it does not handle, so TERM and INT get a handler; ends with 128+n.
 * Reaps what is orphaned to it, as an init must. */
static int sleep_until_told(int argc, char **argv)
{
    time_t seconds = argc > 1 ? (time_t)parse_number(argv[1]) : 3600;
    struct timespec left = {.tv_sec = seconds};

    catch_signal(SIGTERM, note_signal);
    catch_signal(SIGINT, note_signal);
    catch_signal(SIGCHLD, SIG_IGN);
    while (received == 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
    return received ? 128 + received : 0;
}

static int exit_with(int argc, char **argv)
{
    (void)argc;
    return (int)parse_number(argv[1]);
}

static int raise_signal(int argc, char **argv)
{
    int number = (int)parse_number(argv[1]);

    (void)argc;
    signal(number, SIG_DFL);
    return raise(number) == 0 ? 0 : 113;
}

/* Waits for any signal that can be caught, says "ready" first and the number then; SIGCHLD stays out of it.
 */
static int wait_signal(int argc, char **argv)
{
    sigset_t none;
    sigset_t all;
    char word[32];

    (void)argc;
    (void)argv;
    sigfillset(&all);
    sigemptyset(&none);
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
        return 113;
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGCHLD)
            catch_signal(number, note_signal);
    }
    if (say("ready\n") != 0)
        return 111;
    while (received == 0)
        sigsuspend(&none);
    snprintf(word, sizeof word, "got %d\n", (int)received);
    return say(word);
}

/* Says "ready", then the terminal's size after each SIGWINCH, as "ROWSxCOLUMNS"; ends at TERM. */
static int watch_size(int argc, char **argv)
{
    sigset_t none;
    sigset_t all;
    char word[32];

    (void)argc;
    (void)argv;
    sigfillset(&all);
    sigemptyset(&none);
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
        return 113;
    catch_signal(SIGWINCH, note_signal);
    catch_signal(SIGTERM, note_signal);
    if (say("ready\n") != 0)
        return 111;
    for (;;) {
        struct winsize size = {0};
        sigsuspend(&none);
        if (received == SIGTERM)
            return 0;
        if (ioctl(0, TIOCGWINSZ, &size) < 0)
            return 113;
        snprintf(word, sizeof word, "%ux%u\n", size.ws_row, size.ws_col);
        if (say(word) != 0)
            return 111;
    }
}

/* Starts up to COUNT children that sleep, and tells how many could be started. */
static int start_children(int argc, char **argv)
{
    long long wanted = parse_number(argv[1]);
    long started = 0;
    int error = 0;

    (void)argc;
    for (; started < wanted; started++) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        if (child < 0) {
            error = errno;
            break;
        }
    }
    json_open(NULL, '{');
    json_number("started", started);
    json_error("error", error);
    json_close('}');
    json_flush();
    return 0;
}

/* A child in a session of its own that ignores all it can and sleeps; the parent goes on as `sleep` does. */
static int leave_orphan(int argc, char **argv)
{
    pid_t child = fork();

    if (child == 0) {
        if (setsid() < 0)
            _exit(113);
        for (int number = 1; number < NSIG; number++)
            catch_signal(number, SIG_IGN);
        sleep(3600);
        _exit(0);
    }
    if (child < 0)
        return 113;
    return sleep_until_told(argc, argv);
}

/* Touches the given number of MiB, says so, and keeps them until told. */
static int use_memory(int argc, char **argv)
{
    size_t length = (size_t)parse_number(argv[1]) << 20;
    unsigned char *memory =
        mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    (void)argc;
    if (memory == MAP_FAILED)
        return tell_outcome("memory", argv[1], -1);
    for (size_t offset = 0; offset < length; offset += 4096)
        memory[offset] = 1;
    return tell_outcome("memory", argv[1], 0);
}

/* Becomes another program, or tells why not. */
static int become(int argc, char **argv)
{
    extern char **environ;

    (void)argc;
    execve(argv[1], argv + 1, environ);
    return tell_outcome("exec", argv[1], -1);
}

/* Waits until a path exists (10 s at most): the way in which a test holds a container at a point. */
static int wait_for_path(int argc, char **argv)
{
    struct stat status;
    const struct timespec pause_time = {.tv_nsec = 5000000};

    (void)argc;
    for (int round = 0; round < 2000; round++) {
        if (lstat(argv[1], &status) == 0)
            return 0;
        nanosleep(&pause_time, NULL);
    }
    return 1;
}

const struct probe_command probe_process_commands[] = {
    {"sleep", 0, "[SECONDS]", sleep_until_told},
    {"exit", 1, "STATUS", exit_with},
    {"raise", 1, "SIGNAL", raise_signal},
    {"wait-signal", 0, "", wait_signal},
    {"watch-size", 0, "", watch_size},
    {"children", 1, "COUNT", start_children},
    {"orphan", 0, "[SECONDS]", leave_orphan},
    {"memory", 1, "MIB", use_memory},
    {"become", 1, "PROGRAM [ARGUMENT...]", become},
    {"wait-path", 1, "PATH", wait_for_path},
    {NULL, 0, NULL, NULL},
};
