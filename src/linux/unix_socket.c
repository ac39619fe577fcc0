/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections to unix stream sockets of others, bounded in time. */
#include "linux/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/host_proc.h"

enum { CONNECT_TIMEOUT_S = 10 };

/* A longer path than an address holds is reached through a handle of the socket itself. */
static int make_address(const char *what, const char *path, struct sockaddr_un *address, int *handle,
                        struct error *error)
{
    struct stat status;

    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (strlen(path) < sizeof(address->sun_path)) {
        memcpy(address->sun_path, path, strlen(path) + 1);
        return 0;
    }
    if (host_proc_require(error) < 0)
        return -1;
    *handle = open(path, O_PATH | O_CLOEXEC);
    if (*handle < 0 || fstat(*handle, &status) < 0)
        return error_system(error, errno, "%s \"%s\"", what, path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s \"%s\" is not a socket", what, path);
    host_proc_descriptor_path(address->sun_path, *handle, NULL);
    return 0;
}

int unix_socket_connect(const char *what, const char *path, struct error *error)
{
    const struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
    cleanup_fd int connected = -1, handle = -1;
    struct sockaddr_un address;

    /* An empty path would mean an abstract address. */
    if (path[0] == '\0')
        return error_set(error, ERROR_USAGE, "%s: the path is empty", what);
    if (make_address(what, path, &address, &handle, error) < 0)
        return -1;
    connected = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connected < 0)
        return error_system(error, errno, "make a socket");
    /* A unix connect blocks while the listener's queue is full; the send timeout bounds it, and later what is
     * handed over. */
    if (setsockopt(connected, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
        return error_system(error, errno, "limit the time of a connection");
    while (connect(connected, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN)
            return error_set(error, ERROR_LIMIT, "%s \"%s\": nobody accepted the connection within %d s",
                             what, path, CONNECT_TIMEOUT_S);
        return error_system(error, errno, "%s \"%s\"", what, path);
    }
    return take_fd(&connected);
}
