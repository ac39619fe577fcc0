/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between the runtime and a container's process while it is built. */
#include "linux/sandbox_message.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/descriptor.h"

static bool carries_text(uint32_t kind)
{
    return kind == SANDBOX_MESSAGE_ERROR || kind == SANDBOX_MESSAGE_NOTICE;
}

static size_t message_size(uint32_t kind)
{
    return carries_text(kind) ? sizeof(struct sandbox_message) : offsetof(struct sandbox_message, error);
}

int sandbox_message_pair(int *parent, int *child, struct error *error)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_system(error, errno, "make a socket pair");
    *parent = pair[0];
    *child = pair[1];
    return 0;
}

int sandbox_message_send(int socket, enum sandbox_message_kind kind, int32_t number, int descriptor)
{
    const struct sandbox_message message = {.kind = kind, .number = number};

    return descriptor_send(socket, &message, message_size(kind), &descriptor, descriptor >= 0 ? 1 : 0);
}

int sandbox_message_send_error(int socket, enum sandbox_message_kind kind, const struct error *error)
{
    struct sandbox_message message;

    /* Zeroed: nothing of the stack crosses with the message. */
    memset(&message, 0, sizeof(message));
    message.kind = kind;
    message.error = *error;
    return descriptor_send(socket, &message, sizeof(message), NULL, 0);
}

int sandbox_message_receive(int socket, struct sandbox_message *message, int *descriptor)
{
    size_t count = descriptor != NULL ? 1 : 0;
    int received = -1;
    ssize_t length = descriptor_receive(socket, message, sizeof(*message), &received, &count);

    if (descriptor != NULL)
        *descriptor = -1;
    /* A peer that closed with something of ours unread is as gone as any other; but the kernel tells that
     * once before it hands out what the peer said last. */
    if (length < 0 && errno == ECONNRESET) {
        count = descriptor != NULL ? 1 : 0;
        length = descriptor_receive(socket, message, sizeof(*message), &received, &count);
    }
    if (length == 0 || (length < 0 && errno == ECONNRESET))
        return 0;
    if (length < 0)
        return -1;
    if ((size_t)length < offsetof(struct sandbox_message, error) ||
        (size_t)length != message_size(message->kind)) {
        descriptor_close(&received);
        errno = EPROTO;
        return -1;
    }
    if (carries_text(message->kind))
        message->error.message[sizeof(message->error.message) - 1] = '\0';
    if (descriptor != NULL)
        *descriptor = take_fd(&received);
    return 1;
}

int sandbox_message_expect(int socket, enum sandbox_message_kind kind, int32_t *number)
{
    struct sandbox_message message;
    int got = sandbox_message_receive(socket, &message, NULL);

    if (got < 0)
        return -1;
    if (got == 0 || message.kind != (uint32_t)kind) {
        errno = got == 0 ? EPIPE : EPROTO;
        return -1;
    }
    if (number != NULL)
        *number = message.number;
    return 0;
}

void sandbox_message_report(int socket, const struct error *error)
{
    if (send(socket, error, sizeof(*error), MSG_NOSIGNAL) == (ssize_t)sizeof(*error))
        return;
    /* A filter may know write(2) and not sendto(2). Were this one cut short, the peer would see a report it
     * cannot read. */
    if (write(socket, error, sizeof(*error)) != (ssize_t)sizeof(*error))
        return;
}

int sandbox_message_await_start(int socket, struct error *error)
{
    struct error failure;
    ssize_t length;

    do
        length = recv(socket, &failure, sizeof(failure), 0);
    while (length < 0 && errno == EINTR);
    /* Told once before the peer's last word, see sandbox_message_receive. */
    if (length < 0 && errno == ECONNRESET)
        length = recv(socket, &failure, sizeof(failure), 0);
    if (length == 0 || (length < 0 && errno == ECONNRESET))
        return 0;
    if (length < 0)
        return error_system(error, errno, "wait for the program to start");
    if (length != (ssize_t)sizeof(failure))
        return error_set(error, ERROR_SYSTEM, "the container's process sent %zd bytes that are no report",
                         length);
    failure.message[sizeof(failure.message) - 1] = '\0';
    if (error != NULL)
        *error = failure;
    return -1;
}
