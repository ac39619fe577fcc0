/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a created container waits for `start`.
 *
 *   start                       init
 *   connect ──────────────────▶ accept, peer checked
 *   "go" ─────────────────────▶ the first to say so is taken, everybody else is let go
 *         ◀──────────── "taken"
 *         ◀──────── struct error   the program could not be started
 *         ◀──────── end of file    execve closed the socket
 *
 * Without "taken" an end of file would be ambiguous: of two callers that start at once, only one may report
 * success.
 */
#include "linux/start_gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/host_proc.h"

static const char go[] = "go";
static const char taken[] = "taken";

enum {
    GATE_BACKLOG = 64,
    GATE_CALLERS = 8, /* connected and silent: the oldest makes room */
    CONNECT_TIMEOUT_S = 10,
    ANSWER_TIMEOUT_S = 10,
    RETRY_MS = 20,
};

/* The address goes through our own descriptor of the directory: 107 bytes hold it whatever --root is, and no
 * directory is looked up again. */
static socklen_t gate_address(int state_directory, struct sockaddr_un *address)
{
    char path[HOST_PROC_DESCRIPTOR_PATH_SIZE];

    host_proc_descriptor_path(path, state_directory, "start");
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path) + 1);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

int start_gate_make(int state_directory, struct error *error)
{
    struct sockaddr_un address;
    socklen_t length = gate_address(state_directory, &address);
    cleanup_fd int gate = -1;

    if (host_proc_require(error) < 0)
        return -1;
    gate = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (gate < 0)
        return error_system(error, errno, "make the start socket");
    /* bind takes the mode of the socket's own inode, so the file is never wider than this. */
    if (fchmod(gate, 0600) < 0 || bind(gate, (struct sockaddr *)&address, length) < 0)
        return error_system(error, errno,
                            "make the start socket \"start\" in the container's state directory");
    if (listen(gate, GATE_BACKLOG) < 0)
        return error_system(error, errno, "listen on the start socket");
    return take_fd(&gate);
}

/*
 * May this peer start the container? Root and the runtime's user. Both are compared as the kernel shows them
 * here, possibly translated into the container's user namespace: the listener's own peer credentials are
 * those of the runtime that made it. Where the runtime's user has no number here, 0 is the container's root
 * and not the host's.
 */
static bool caller_allowed(int gate, int caller)
{
    struct ucred maker, peer;
    socklen_t maker_size = sizeof(maker), peer_size = sizeof(peer);
    enum { OVERFLOW_ID = 65534 };

    if (getsockopt(gate, SOL_SOCKET, SO_PEERCRED, &maker, &maker_size) < 0 ||
        getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) < 0)
        return false;
    return peer.uid == maker.uid || (peer.uid == 0 && maker.uid != OVERFLOW_ID);
}

struct callers {
    int descriptors[GATE_CALLERS]; /* oldest first */
    size_t count;
};

static void callers_drop(struct callers *callers, size_t index)
{
    descriptor_close(&callers->descriptors[index]);
    callers->count--;
    memmove(&callers->descriptors[index], &callers->descriptors[index + 1],
            (callers->count - index) * sizeof(callers->descriptors[0]));
}

/* Take one caller in. 0, or -1 with errno when the gate itself is broken. */
static int callers_accept(struct callers *callers, int gate)
{
    int caller;

    if (callers->count == GATE_CALLERS)
        callers_drop(callers, 0);
    caller = accept4(gate, NULL, NULL, SOCK_CLOEXEC);
    if (caller < 0) {
        switch (errno) {
        case EAGAIN:
        case EINTR:
        case ECONNABORTED:
            return 0; /* it left again */
        case EMFILE:
            if (callers->count > 0) {
                callers_drop(callers, 0);
                return 0;
            }
            return -1;
        case ENFILE:
        case ENOMEM:
        case ENOBUFS:
            /* The whole host is short of something: not the container's fault, and not for ever. */
            poll(NULL, 0, RETRY_MS);
            return 0;
        default:
            return -1;
        }
    }
    if (!caller_allowed(gate, caller)) {
        close(caller);
        return 0;
    }
    callers->descriptors[callers->count++] = caller;
    return 0;
}

/* 1: it said go and knows that it was heard; 0: nothing yet; -1: it left, or talks nonsense. */
static int caller_listen(int caller)
{
    char message[sizeof(go)];
    ssize_t length = recv(caller, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);

    if (length < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (length != sizeof(go) - 1 || memcmp(message, go, sizeof(go) - 1) != 0)
        return -1;
    /* A caller that died right after "go" must not start anything that nobody then reports on. */
    return send(caller, taken, sizeof(taken) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(taken) - 1
               ? 1
               : -1;
}

/* Look at those that have something to say; the descriptor of the one that starts us, else -1. */
static int callers_hear(struct callers *callers, const struct pollfd *items)
{
    size_t polled = callers->count;

    for (size_t i = 0, place = 0; i < polled; i++) {
        int heard = items[i].revents != 0 ? caller_listen(callers->descriptors[place]) : 0;

        if (heard > 0) {
            int chosen = take_fd(&callers->descriptors[place]);

            callers_drop(callers, place);
            return chosen;
        }
        if (heard < 0)
            callers_drop(callers, place);
        else
            place++;
    }
    return -1;
}

int start_gate_wait(int gate)
{
    struct callers callers = {.count = 0};
    int chosen = -1, failure = 0;

    while (chosen < 0 && failure == 0) {
        struct pollfd items[GATE_CALLERS + 1];

        for (size_t i = 0; i < callers.count; i++)
            items[i] = (struct pollfd){.fd = callers.descriptors[i], .events = POLLIN};
        items[callers.count] = (struct pollfd){.fd = gate, .events = POLLIN};
        if (poll(items, callers.count + 1, -1) < 0) {
            if (errno != EINTR)
                failure = errno;
            continue;
        }
        const struct pollfd listener = items[callers.count];

        chosen = callers_hear(&callers, items);
        if (chosen < 0 && (listener.revents & POLLIN) != 0 && callers_accept(&callers, gate) < 0)
            failure = errno;
        else if (chosen < 0 && (listener.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            failure = EBADF;
    }
    while (callers.count > 0)
        callers_drop(&callers, 0);
    if (chosen < 0)
        errno = failure;
    return chosen;
}

static int nobody_waits(struct error *error)
{
    return error_set(
        error, ERROR_STATE,
        "no process of the container waits to be started: it was started already, or it is gone");
}

/* Connect; *connection stays -1 when nobody listens. -1: error. */
static int gate_connect(int state_directory, int type, int *connection, struct error *error)
{
    struct sockaddr_un address;
    socklen_t length = gate_address(state_directory, &address);
    const struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
    cleanup_fd int connected = -1;

    if (host_proc_require(error) < 0)
        return -1;
    connected = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | type, 0);
    if (connected < 0)
        return error_system(error, errno, "make a socket");
    if (setsockopt(connected, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
        return error_system(error, errno, "limit the time of a connection");
    while (connect(connected, (struct sockaddr *)&address, length) < 0) {
        if (errno == EINTR)
            continue;
        if (errno == ENOENT || errno == ECONNREFUSED)
            return 0;
        if (errno == EAGAIN && (type & SOCK_NONBLOCK) == 0)
            return error_set(error, ERROR_LIMIT,
                             "the container did not answer the start socket within %d s (is it frozen?)",
                             CONNECT_TIMEOUT_S);
        /* A full queue of callers: so somebody listens. */
        if (errno == EAGAIN)
            break;
        return error_system(error, errno,
                            "connect to the start socket \"start\" in the container's state directory");
    }
    *connection = take_fd(&connected);
    return 0;
}

static ssize_t receive(int connection, void *bytes, size_t size)
{
    ssize_t length;

    do
        length = recv(connection, bytes, size, 0);
    while (length < 0 && errno == EINTR);
    return length;
}

/* The kernel takes connections for a container that is stopped: what shows that it lives is its answer.
 * Should it wake up later, it finds that the caller has left. */
static int await_answer(int connection, struct error *error)
{
    struct pollfd item = {.fd = connection, .events = POLLIN};
    int ready;

    do
        ready = poll(&item, 1, ANSWER_TIMEOUT_S * 1000);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return error_system(error, errno, "wait for the container to start");
    if (ready == 0)
        return error_set(
            error, ERROR_LIMIT,
            "the container did not answer the start socket within %d s (is it stopped or frozen?)",
            ANSWER_TIMEOUT_S);
    return 0;
}

int start_gate_open(int state_directory, struct error *error)
{
    cleanup_fd int connection = -1;
    char answer[sizeof(taken)];
    struct error failure;
    ssize_t length;

    if (gate_connect(state_directory, 0, &connection, error) < 0)
        return -1;
    if (connection < 0)
        return nobody_waits(error);
    if (send(connection, go, sizeof(go) - 1, MSG_NOSIGNAL) < 0) {
        if (errno == EPIPE || errno == ECONNRESET)
            return nobody_waits(error);
        return error_system(error, errno, "tell the container to start");
    }
    if (await_answer(connection, error) < 0)
        return -1;
    length = receive(connection, answer, sizeof(answer));
    if (length < 0 && errno != ECONNRESET)
        return error_system(error, errno, "wait for the container to start");
    if (length != sizeof(taken) - 1 || memcmp(answer, taken, sizeof(taken) - 1) != 0)
        return nobody_waits(error);
    length = receive(connection, &failure, sizeof(failure));
    if (length == 0 || (length < 0 && errno == ECONNRESET))
        return 0;
    if (length < 0)
        return error_system(error, errno, "wait for the container to start");
    if (length != sizeof(failure))
        return error_set(error, ERROR_SYSTEM,
                         "the container answered the start with %zd bytes that are no report", length);
    failure.message[sizeof(failure.message) - 1] = '\0';
    if (error != NULL)
        *error = failure;
    return -1;
}

int start_gate_probe(int state_directory, bool *waiting, struct error *error)
{
    cleanup_fd int connection = -1;

    *waiting = false;
    if (gate_connect(state_directory, SOCK_NONBLOCK, &connection, error) < 0)
        return -1;
    *waiting = connection >= 0;
    return 0;
}
