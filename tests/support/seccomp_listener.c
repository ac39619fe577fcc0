/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp_listener SOCKET ANSWER: stands where an agent listens for seccomp user notifications.
 *
 * Receives the container process state (OCI config-linux.md, "The Container Process State") with its
 * descriptors, writes the state as it came on standard output, then "descriptors N", and then answers each
 * notification, one line "call NUMBER" for each:
 *
 *   ANSWER = errno N   the call fails with N
 *            value N   the call returns N without being made
 *            continue  the kernel makes the call
 *            die       ends right after it has received the descriptors
 */
#include "socket_listener.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

static void answer(int fd, const char *kind, long number)
{
    struct seccomp_notif request;
    struct seccomp_notif_resp response;

    memset(&request, 0, sizeof request);
    memset(&response, 0, sizeof response);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) {
        if (errno == ENOENT || errno == EINTR)
            return; /* the caller died while it waited */
        listener_fails("SECCOMP_IOCTL_NOTIF_RECV");
    }
    dprintf(STDOUT_FILENO, "call %d\n", request.data.nr);
    response.id = request.id;
    if (strcmp(kind, "errno") == 0)
        response.error = -(int)number;
    else if (strcmp(kind, "value") == 0)
        response.val = number;
    else
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT)
        listener_fails("SECCOMP_IOCTL_NOTIF_SEND");
}

static void serve(int fd, const char *kind, long number)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};

    for (;;) {
        int ready = poll(&waiting, 1, WAIT_MS);
        if (ready <= 0 || waiting.revents & (POLLHUP | POLLERR))
            return;
        if (waiting.revents & POLLIN)
            answer(fd, kind, number);
    }
}

int main(int argc, char **argv)
{
    static char state[1u << 20];
    int descriptors[16];
    size_t count = 0;
    size_t length = 0;

    if (argc < 3) {
        dprintf(STDERR_FILENO, "usage: seccomp_listener SOCKET errno N|value N|continue|die\n");
        return 2;
    }
    int listener = listen_at(argv[1], 8);
    dprintf(STDERR_FILENO, "listening\n");
    int connection = accept_one(listener, WAIT_MS);
    length = receive_descriptors(connection, state, sizeof state, descriptors, 16, &count);
    dprintf(STDOUT_FILENO, "%.*s\ndescriptors %zu\n", (int)length, state, count);
    close(connection);
    if (strcmp(argv[2], "die") == 0)
        return 0;
    if (count == 0) {
        errno = ENODATA;
        listener_fails("no descriptor came");
    }
    serve(descriptors[0], argv[2], argc > 3 ? strtol(argv[3], NULL, 0) : 0);
    return 0;
}
