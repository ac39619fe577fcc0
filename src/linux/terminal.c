/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Console sockets: where an engine waits for the master of a container's terminal. */
#include "linux/terminal.h"

#include "linux/unix_socket.h"

int terminal_connect_console(const char *path, struct error *error)
{
    return unix_socket_connect("console socket", path, error);
}
