/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_listener SOCKET MODE [ROWSxCOLUMNS] [TEXT]: stands where an engine listens for a container's
 * terminal.
 *
 *   accept      receives the terminal, tells about it (one JSON line on standard error), sets the size and
 * types TEXT when they are given, and copies what the container writes to standard output until it hangs up
 *   refuse      binds the socket and does not listen: connecting fails
 *   hang        listens, never accepts
 *   close       accepts and closes at once
 *   never-read  receives the terminal and never reads it, until TERM
 *
 * It says "listening" on standard error as soon as a runtime may connect.
 */
#include "socket_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

static void tell_terminal(int fd, size_t count, size_t length, const char *text)
{
    struct stat status;
    struct statfs file_system;
    struct winsize size = {0};
    int number = -1;

    if (fstat(fd, &status) < 0 || fstatfs(fd, &file_system) < 0)
        listener_fails("fstat");
    if (ioctl(fd, TIOCGPTN, &number) < 0)
        number = -1;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        size.ws_row = size.ws_col = 0;
    dprintf(STDERR_FILENO,
            "{\"descriptors\":%zu,\"text_length\":%zu,\"text\":\"%s\",\"terminal\":%s,\"rdev\":\"%u:%u\","
            "\"magic\":%lu,\"number\":%d,\"rows\":%u,\"columns\":%u}\n",
            count, length, text, isatty(fd) ? "true" : "false", major(status.st_rdev), minor(status.st_rdev),
            (unsigned long)file_system.f_type, number, size.ws_row, size.ws_col);
}

static void set_size(int fd, const char *words)
{
    struct winsize size = {0};
    char *end = NULL;

    size.ws_row = (unsigned short)strtoul(words, &end, 10);
    if (*end != 'x')
        return;
    size.ws_col = (unsigned short)strtoul(end + 1, NULL, 10);
    if (ioctl(fd, TIOCSWINSZ, &size) < 0)
        listener_fails("TIOCSWINSZ");
}

/* Copies until the last slave is closed, which the master sees as EIO. */
static void relay(int fd)
{
    char buffer[4096];

    for (;;) {
        ssize_t count = read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN) {
            struct pollfd waiting = {.fd = fd, .events = POLLIN};
            if (poll(&waiting, 1, WAIT_MS) <= 0)
                return;
            continue;
        }
        if (count <= 0)
            return;
        for (ssize_t done = 0; done < count;) {
            ssize_t written = write(STDOUT_FILENO, buffer + done, (size_t)(count - done));
            if (written < 0)
                listener_fails("standard output");
            done += written;
        }
    }
}

static int receive_terminal(int listener)
{
    char text[4096];
    int descriptors[16];
    size_t count = 0;

    int connection = accept_one(listener, WAIT_MS);
    size_t length = receive_descriptors(connection, text, sizeof text, descriptors, 16, &count);
    if (count == 0) {
        errno = ENODATA;
        listener_fails("no descriptor came");
    }
    for (char *byte = text; *byte; byte++) {
        if (*byte < ' ' || *byte == '"' || *byte == '\\')
            *byte = '?';
    }
    tell_terminal(descriptors[0], count, length, text);
    close(connection);
    return descriptors[0];
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        dprintf(STDERR_FILENO,
                "usage: console_listener SOCKET accept|refuse|hang|close|never-read [SIZE] [TEXT]\n");
        return 2;
    }
    const char *mode = argv[2];
    int listener = listen_at(argv[1], strcmp(mode, "refuse") == 0 ? -1 : 8);

    dprintf(STDERR_FILENO, "listening\n");
    if (strcmp(mode, "refuse") == 0 || strcmp(mode, "hang") == 0) {
        pause();
        return 0;
    }
    if (strcmp(mode, "close") == 0) {
        close(accept_one(listener, WAIT_MS));
        return 0;
    }
    int terminal = receive_terminal(listener);
    if (strcmp(mode, "never-read") == 0) {
        pause();
        return 0;
    }
    if (argc > 3 && argv[3][0] != '\0')
        set_size(terminal, argv[3]);
    if (argc > 4 && write(terminal, argv[4], strlen(argv[4])) < 0)
        listener_fails("typing");
    relay(terminal);
    return 0;
}
