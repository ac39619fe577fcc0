/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Non-blocking unix datagrams to the journal and to syslog. */
#include "linux/log_datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"

const char *log_datagram_path(enum log_datagram_service service)
{
    return service == LOG_DATAGRAM_JOURNAL ? "/run/systemd/journal/socket" : "/dev/log";
}

int log_datagram_open(enum log_datagram_service service, int *connected, struct error *error)
{
    const char *path = log_datagram_path(service);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cleanup_fd int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (made < 0)
        return error_system(error, errno, "making a socket for %s", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(made, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return error_set(error, ERROR_UNSUPPORTED, "nobody listens on %s", path);
        return error_system(error, errno, "connecting to %s", path);
    }
    *connected = take_fd(&made);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 0 when the queue may have room again, -1 with EAGAIN at the deadline. */
static int wait_for_room(int socket, int64_t deadline_ms)
{
    struct pollfd poll_socket = {.fd = socket, .events = POLLOUT};
    int64_t left = deadline_ms - now_ms();

    if (left <= 0 || poll(&poll_socket, 1, (int)left) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return 0;
}

static int send_waiting(int socket, const void *bytes, size_t length, const int *descriptors, size_t count,
                        int patience_ms)
{
    int64_t deadline_ms = patience_ms > 0 ? now_ms() + patience_ms : 0;

    while (descriptor_send(socket, bytes, length, descriptors, count) != 0)
        if (errno != EAGAIN || patience_ms <= 0 || wait_for_room(socket, deadline_ms) != 0)
            return -1;
    return 0;
}

/* The journal reads a message of any length out of a memory file that nobody can change any more. */
static int send_as_file(int socket, const char *bytes, size_t length, int patience_ms)
{
    cleanup_fd int file = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (file < 0 || descriptor_write_all(file, bytes, length) != 0 ||
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return -1;
    return send_waiting(socket, "", 0, &file, 1, patience_ms);
}

int log_datagram_send(int socket, enum log_datagram_service service, const char *bytes, size_t length,
                      int patience_ms)
{
    if (send_waiting(socket, bytes, length, NULL, 0, patience_ms) == 0)
        return 0;
    if ((errno != EMSGSIZE && errno != ENOBUFS) || service != LOG_DATAGRAM_JOURNAL)
        return -1;
    return send_as_file(socket, bytes, length, patience_ms);
}
