/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper program that answers as the test wishes: tests/unit/linux_helper.c. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/message.h"

enum { RUNTIME_SOCKET = 3 };

static struct message question, answer;

/* What it was born with. */
static void describe(void)
{
    int death_signal = 0;
    sigset_t blocked;
    char target[256];

    for (int number = 0; number < 64; number++) {
        char path[32];
        ssize_t length;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
        length = readlink(path, target, sizeof(target) - 1);
        if (length < 0)
            continue;
        target[length] = '\0';
        snprintf(path, sizeof(path), "fd%d", number);
        message_add(&answer, path, target);
    }
    for (char **variable = environ; *variable != NULL; variable++)
        message_add(&answer, "variable", *variable);
    prctl(PR_GET_PDEATHSIG, &death_signal);
    message_add_number(&answer, "deathSignal", death_signal);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    message_add_number(&answer, "blocked", sigismember(&blocked, SIGUSR1));
    message_add_number(&answer, "ignored", signal(SIGPIPE, SIG_DFL) == SIG_IGN);
    message_add_number(&answer, "pid", getpid());
}

static void act(const char *kind)
{
    struct error error;

    message_begin(&answer, "done");
    if (strcmp(kind, "describe") == 0) {
        describe();
    } else if (strcmp(kind, "refuse") == 0) {
        error_set(&error, ERROR_EXISTS, "it is there already");
        message_begin_failed(&answer, &error);
    } else if (strcmp(kind, "hang") == 0) {
        for (;;)
            pause();
    } else if (strcmp(kind, "exit") == 0) {
        _exit(9);
    } else if (strcmp(kind, "die") == 0) {
        raise(SIGTERM);
    } else if (strcmp(kind, "babble") == 0) {
        if (write(RUNTIME_SOCKET, "no message", 10) != 10)
            _exit(1);
        return;
    }
    if (message_send(RUNTIME_SOCKET, &answer, NULL, 0) != 0)
        _exit(1);
}

int main(void)
{
    while (message_receive(RUNTIME_SOCKET, -1, &question, NULL, NULL) > 0) {
        /* Stays although its socket has ended: helper_end has to kill it. */
        if (strcmp(message_kind(&question), "stay") == 0) {
            message_begin(&answer, "done");
            message_add_number(&answer, "pid", getpid());
            if (message_send(RUNTIME_SOCKET, &answer, NULL, 0) != 0)
                return 1;
            for (;;)
                pause();
        }
        act(message_kind(&question));
    }
    return 0;
}
