/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process's terminal and its end, for `run` and `exec`: whom the terminal's master goes to, and staying
 * until the process has ended. */
#pragma once

#include <stdbool.h>
#include "base/error.h"
#include "linux/sandbox.h"

struct console {
    int for_sandbox;  /* what the sandbox sends the master over: the engine's socket, or our own pair; -1: no
                         terminal */
    int ours;         /* the other end of our own pair, -1: the engine has it */
    bool plain_lines; /* what comes out of it goes to a file or a pipe of our caller's */
};

#define CONSOLE_NONE                                                                                         \
    {                                                                                                        \
        .for_sandbox = -1, .ours = -1                                                                        \
    }

/*
 * Choose. terminal: the process has one. Errors (ERROR_USAGE): a terminal for a detached process without
 * --console-socket, a socket without a terminal.
 */
int console_open(const char *socket_path, bool terminal, bool detach, struct console *console,
                 struct error *error);

/* Our own pair: take the master that the sandbox has sent; *master -1 otherwise. */
int console_take_master(struct console *console, int *master, struct error *error);

void console_close(struct console *console);
#define cleanup_console __attribute__((cleanup(console_close)))

/* Stay until sandbox's process (our child) has ended, relaying master unless it is -1; *status as shells say
 * it: 128 + signal. */
int foreground_wait(const struct sandbox *sandbox, int master, int *status, struct error *error);
