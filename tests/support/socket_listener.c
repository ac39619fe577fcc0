/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unix socket that receives descriptors, for the listeners that stand in for an engine. */
#include "socket_listener.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void listener_fails(const char *what)
{
    dprintf(STDERR_FILENO, "listener: %s: %s\n", what, strerror(errno));
    exit(1);
}

int listen_at(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);

    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        listener_fails(path);
    }
    memcpy(address.sun_path, path, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        listener_fails(path);
    if (backlog >= 0 && listen(fd, backlog) < 0)
        listener_fails(path);
    return fd;
}

int accept_one(int listener, int timeout_ms)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};

    int ready = poll(&waiting, 1, timeout_ms);
    if (ready == 0)
        errno = ETIMEDOUT;
    if (ready <= 0)
        listener_fails("no connection");
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0)
        listener_fails("accept");
    return connection;
}

size_t receive_descriptors(int connection, char *text, size_t capacity, int *descriptors, size_t most,
                           size_t *count)
{
    union {
        char bytes[CMSG_SPACE(16 * sizeof(int))];
        struct cmsghdr alignment;
    } control;
    struct iovec vector = {text, capacity - 1};
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };

    *count = 0;
    ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (length < 0)
        listener_fails("recvmsg");
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t number = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < number && *count < most; index++)
            memcpy(&descriptors[(*count)++], CMSG_DATA(part) + index * sizeof(int), sizeof(int));
    }
    text[length] = '\0';
    return (size_t)length;
}
