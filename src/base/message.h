/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named messages between the runtime and its helper programs (thwart-systemd, thwart-criu): what each wants
 * by name, never by position, so that both sides can be read on their own.
 *
 * A message is a kind ("start-scope") and members ("slice" = "machine.slice") in order; a name that comes
 * several times is a list. On the wire: one datagram of a SOCK_SEQPACKET socket, the kind and "name=value"
 * each ended by NUL; descriptors go along. Answers are of kind "done", or "failed" with a struct error in
 * words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

enum { MESSAGE_BYTES_MAX = 64 * 1024 };

struct message {
    size_t length;
    bool overflow; /* something did not fit: message_send refuses it */
    char bytes[MESSAGE_BYTES_MAX];
};

/* Begin a message of this kind (not empty, no NUL). */
void message_begin(struct message *message, const char *kind);

/* Append a member; name without '='. value NULL: nothing is appended. */
void message_add(struct message *message, const char *name, const char *value);
void message_add_number(struct message *message, const char *name, int64_t value);

/* The kind; "" when there is none. */
const char *message_kind(const struct message *message);

/* The first value of that name, or NULL. Borrowed from the message. */
const char *message_get(const struct message *message, const char *name);

/* As a whole number within [minimum, maximum]. false: absent, or none. */
bool message_get_number(const struct message *message, const char *name, int64_t minimum, int64_t maximum,
                        int64_t *value);

/* All members in order: *cursor is 0 at first. name receives at most size bytes; false at the end. */
bool message_next(const struct message *message, size_t *cursor, char *name, size_t size, const char **value);

/* Begin an answer of kind "failed" that carries error; message_failure takes it out again: -1 and *error when
 * message is one, else 0. */
void message_begin_failed(struct message *message, const struct error *failure);
int message_failure(const struct message *message, struct error *error);

/* Send with count descriptors. 0, or -1 with errno (EMSGSIZE: it did not fit; EPIPE: the peer is gone). */
int message_send(int socket, const struct message *message, const int *descriptors, size_t count);

/*
 * Receive one message with up to *count descriptors (NULL: none is expected), waiting at most timeout_ms (-1:
 * no limit). 1: received; 0: the peer is gone; -1 with errno (ETIMEDOUT, EPROTO: not a message).
 */
int message_receive(int socket, int timeout_ms, struct message *message, int *descriptors, size_t *count);
