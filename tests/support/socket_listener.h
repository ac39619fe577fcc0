/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the console listener and the seccomp listener share: a unix socket that receives descriptors. */
#ifndef THWART_TESTS_SOCKET_LISTENER_H
#define THWART_TESTS_SOCKET_LISTENER_H

#include <stddef.h>

/* Binds a stream socket to `path` (which must not exist) and listens when `backlog` is not negative; a socket
 * that is bound without listening refuses connections. Ends the program with a message on failure. */
int listen_at(const char *path, int backlog);

/* Waits for one connection, at most `timeout_ms`; ends the program when none comes. */
int accept_one(int listener, int timeout_ms);

/* One message: up to `capacity` - 1 bytes of text (terminated), up to `most` descriptors. Returns the length
 * of the text; *count is the number of descriptors received. */
size_t receive_descriptors(int connection, char *text, size_t capacity, int *descriptors, size_t most,
                           size_t *count);

/* Ends the program with status 1 and one line on standard error, errno included. */
__attribute__((noreturn)) void listener_fails(const char *what);

#endif
