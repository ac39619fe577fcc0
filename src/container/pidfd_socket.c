/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing a pidfd over. */
#include "container/pidfd_socket.h"

#include <errno.h>
#include <string.h>
#include "base/descriptor.h"
#include "linux/unix_socket.h"

int pidfd_socket_open(const char *path, int *socket, struct error *error)
{
    *socket = -1;
    if (path == NULL)
        return 0;
    *socket = unix_socket_connect("pidfd socket", path, error);
    return *socket < 0 ? -1 : 0;
}

int pidfd_socket_send(int *socket, int pidfd, const char *name, struct error *error)
{
    if (*socket < 0)
        return 0;
    if (descriptor_send(*socket, name, strlen(name), &pidfd, 1) != 0)
        return error_system(error, errno, "sending the pidfd over the pidfd socket");
    descriptor_close(socket);
    return 0;
}
