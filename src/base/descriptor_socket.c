/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages with descriptors (SCM_RIGHTS) over unix sockets. */
#include "base/descriptor.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "base/memory.h"

/* SCM_MAX_FD of the kernel: what one message can carry. */
enum { DESCRIPTORS_MAX = 253 };

union control_buffer {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
};

/* write(2) would raise SIGPIPE where the peer has gone. */
static int send_rest(int socket, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}

int descriptor_send(int socket, const void *bytes, size_t length, const int *descriptors, size_t count)
{
    union control_buffer control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;

    if (count > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0) {
        struct cmsghdr *header;

        memset(&control, 0, sizeof(control));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return -1;
    /* On a stream the descriptors went with the first byte; the rest follows bare. */
    return send_rest(socket, (const char *)bytes + sent, length - (size_t)sent);
}

/* Move the descriptors of one control message into place; true when they were more than room. */
static bool take_rights(const struct cmsghdr *header, int *descriptors, size_t room, size_t *taken)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    bool excess = false;

    for (size_t i = 0; i < count; i++) {
        int one;

        memcpy(&one, CMSG_DATA(header) + i * sizeof(int), sizeof(one));
        if (*taken < room) {
            descriptors[(*taken)++] = one;
        } else {
            descriptor_close(&one);
            excess = true;
        }
    }
    return excess;
}

ssize_t descriptor_receive(int socket, void *bytes, size_t length, int *descriptors, size_t *count)
{
    union control_buffer control;
    struct iovec part = {.iov_base = bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    size_t room = *count, taken = 0;
    bool excess;
    ssize_t got;

    *count = 0;
    if (room > DESCRIPTORS_MAX)
        room = DESCRIPTORS_MAX;
    if (room > 0) {
        message.msg_control = control.bytes;
        /* CMSG_SPACE would leave room for one more by its padding. */
        message.msg_controllen = CMSG_LEN(sizeof(int) * room);
    }
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -1;

    excess = (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            excess |= take_rights(header, descriptors, room, &taken);
    if (excess) {
        for (size_t i = 0; i < taken; i++)
            descriptor_close(&descriptors[i]);
        errno = EMSGSIZE;
        return -1;
    }
    *count = taken;
    return got;
}
