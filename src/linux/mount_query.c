/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_query.h. The headers of the oldest supported system do not have these calls: their numbers are
 * the same on all architectures but alpha (include/uapi/asm-generic/unistd.h). */
#include "linux/mount_query.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/memory.h"

enum {
    STATMOUNT_NUMBER = 457,
    LISTMOUNT_NUMBER = 458,
    UNIQUE_NUMBER = 0x4000, /* STATX_MNT_ID_UNIQUE */
    MOUNT_ROOT = 0x08,
    MOUNT_POINT = 0x10,
    SYSTEM_TYPE = 0x20,
    SYSTEM_OPTIONS = 0x80,
    WANTED = MOUNT_ROOT | MOUNT_POINT | SYSTEM_TYPE | SYSTEM_OPTIONS,
    BENEATH_MAX = 16,
};

/* struct mnt_id_req, of its first size. */
struct request {
    uint32_t size, spare;
    uint64_t number, parameter;
};

/* struct statmount, as far as it is read here; texts are offsets from where it ends. */
struct answer {
    uint32_t size, options;
    uint64_t mask;
    uint32_t device_major, device_minor;
    uint64_t magic;
    uint32_t flags, type;
    uint64_t number, parent;
    uint32_t number_old, parent_old;
    uint64_t attributes, propagation, peer_group, master, from;
    uint32_t root, point;
    uint64_t rest[50];
};

_Static_assert(sizeof(struct request) == 24 && sizeof(struct answer) == 512 &&
                   offsetof(struct answer, root) == 104,
               "as the kernel has them");

int mount_query_number(int descriptor, uint64_t *number)
{
    struct statx status;

    if (statx(descriptor, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, UNIQUE_NUMBER, &status) !=
        0)
        return -1;
    if ((status.stx_mask & UNIQUE_NUMBER) == 0) {
        errno = ENOSYS;
        return -1;
    }
    *number = status.stx_mnt_id;
    return 0;
}

/* A text that begins in the buffer and ends there. */
static const char *text_at(const struct mount_query *query, size_t length, uint32_t offset)
{
    const char *texts = (const char *)query->buffer + sizeof(struct answer);
    size_t room = length > sizeof(struct answer) ? length - sizeof(struct answer) : 0;

    if (offset >= room || memchr(texts + offset, '\0', room - offset) == NULL)
        return NULL;
    return texts + offset;
}

int mount_query(uint64_t number, struct mount_query *query)
{
    const struct request request = {.size = sizeof(request), .number = number, .parameter = WANTED};
    struct answer answer;

    if (syscall(STATMOUNT_NUMBER, &request, query->buffer, sizeof(query->buffer), 0) != 0)
        return -1;
    memcpy(&answer, query->buffer, sizeof(answer));
    if ((answer.mask & WANTED) != WANTED) {
        errno = ENOSYS;
        return -1;
    }
    query->type = text_at(query, sizeof(query->buffer), answer.type);
    query->options = text_at(query, sizeof(query->buffer), answer.options);
    query->root = text_at(query, sizeof(query->buffer), answer.root);
    query->point = text_at(query, sizeof(query->buffer), answer.point);
    if (query->type == NULL || query->options == NULL || query->root == NULL || query->point == NULL) {
        errno = EPROTO;
        return -1;
    }
    return 0;
}

int mount_query_beneath(uint64_t number, unsigned int most)
{
    const struct request request = {.size = sizeof(request), .number = number};
    uint64_t found[BENEATH_MAX];

    return (int)syscall(LISTMOUNT_NUMBER, &request, found,
                        most < BENEATH_MAX ? (size_t)most : (size_t)BENEATH_MAX, 0);
}
