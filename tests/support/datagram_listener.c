/* SPDX-License-Identifier: GPL-2.0-or-later */
/* datagram_listener SOCKET: stands where a service manager listens for readiness; writes each message as one
 * line. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[4096];

    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        dprintf(STDERR_FILENO, "usage: datagram_listener SOCKET\n");
        return 2;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (;;) {
        ssize_t count = recv(fd, text, sizeof text - 1, 0);
        if (count < 0)
            return 1;
        text[count] = '\0';
        dprintf(STDOUT_FILENO, "%s\n", text);
    }
}
