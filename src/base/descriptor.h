/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File descriptors: ownership, whole reads and writes. 0 is a valid descriptor; -1 means none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"

/* Close *descriptor unless it is -1, and set it to -1. Keeps errno. */
void descriptor_close(int *descriptor);

#define cleanup_fd __attribute__((cleanup(descriptor_close)))

/* Give a descriptor away: returns it and leaves -1 behind. */
static inline int take_fd(int *descriptor)
{
    int taken = *descriptor;
    *descriptor = -1;
    return taken;
}

struct arena;

/* Read from the current offset to the end, at most limit bytes (more: ERROR_LIMIT naming `name`), in one
 * buffer with a NUL behind it, owned by the arena. Handles short reads and EINTR. */
int descriptor_read_all(int descriptor, size_t limit, const char *name, struct arena *arena, char **bytes,
                        size_t *length, struct error *error);

/* Write everything, retrying short writes and EINTR. Returns 0, or -1 with errno set (no struct error:
 * children use it). */
int descriptor_write_all(int descriptor, const void *bytes, size_t length);

/* Open path relative to directory for writing, write text in ONE write(2), close. For kernel files (cgroup,
 * procfs): never creates, never truncates, refuses symlinks. Returns 0, or -1 with errno set. */
int descriptor_write_file_at(int directory, const char *path, const char *text);

/* Read a small kernel file relative to directory into buffer, NUL-terminated, one trailing newline removed.
 * Returns the length, or -1 with errno set (EFBIG when it does not fit). */
ssize_t descriptor_read_file_at(int directory, const char *path, char *buffer, size_t size);

/* Send one message with up to count descriptors (SCM_RIGHTS) over a unix socket; MSG_NOSIGNAL. 0, or -1 with
 * errno. */
int descriptor_send(int socket, const void *bytes, size_t length, const int *descriptors, size_t count);

/* Receive one message and up to *count descriptors (close-on-exec); *count becomes what came. Returns the
 * length, 0 at end of file, or -1 with errno. More descriptors than asked for are closed by the kernel and
 * reported as EMSGSIZE. */
ssize_t descriptor_receive(int socket, void *bytes, size_t length, int *descriptors, size_t *count);

/* Make sure that 0, 1 and 2 are open (/dev/null where not). 0 or -1 with errno. */
int descriptor_ensure_standard(void);

/* Mark every descriptor >= first close-on-exec (close_range; where that is missing, a walk of /proc/self/fd).
 * 0 or -1 with errno. */
int descriptor_cloexec_from(unsigned int first);
