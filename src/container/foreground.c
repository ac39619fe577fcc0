/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals of foreground processes, and waiting for their end. */
#include "container/foreground.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/terminal.h"

void console_close(struct console *console)
{
    descriptor_close(&console->for_sandbox);
    descriptor_close(&console->ours);
}

int console_open(const char *socket_path, bool terminal, bool detach, struct console *console,
                 struct error *error)
{
    int pair[2];

    *console = (struct console)CONSOLE_NONE;
    if (!terminal) {
        if (socket_path == NULL)
            return 0;
        return error_set(
            error, ERROR_USAGE,
            "--console-socket is given, but the process has no terminal (process.terminal is not true)");
    }
    if (socket_path != NULL) {
        console->for_sandbox = terminal_connect_console(socket_path, error);
        return console->for_sandbox < 0 ? -1 : 0;
    }
    if (detach)
        return error_set(error, ERROR_USAGE,
                         "the process wants a terminal (process.terminal) and nobody would hold it: give "
                         "--console-socket");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return error_system(error, errno, "making a socket pair for the terminal");
    console->for_sandbox = pair[0];
    console->ours = pair[1];
    console->plain_lines = isatty(STDOUT_FILENO) == 0;
    return 0;
}

int console_take_master(struct console *console, int *master, struct error *error)
{
    char name[4096];
    size_t count = 1;
    ssize_t length;

    *master = -1;
    if (console->ours < 0)
        return 0;
    /* The sandbox is done with its end: a message that never came shows as end of file instead of a wait. */
    descriptor_close(&console->for_sandbox);
    length = descriptor_receive(console->ours, name, sizeof(name), master, &count);
    if (length < 0)
        return error_system(error, errno, "receiving the terminal");
    if (count != 1)
        return error_set(error, ERROR_SYSTEM, "the terminal's master did not arrive");
    return 0;
}

int foreground_wait(const struct sandbox *sandbox, int master, int *status, struct error *error)
{
    int wait_status;
    int result = master >= 0
                     ? terminal_relay(master, sandbox->pidfd, sandbox->process.pid, &wait_status, error)
                     : terminal_wait(sandbox->pidfd, sandbox->process.pid, &wait_status, error);

    if (result != 0)
        return -1;
    *status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    return 0;
}
