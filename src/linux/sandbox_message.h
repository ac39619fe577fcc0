/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime and a container's process say to each other while the container is built: whole messages
 * over a SOCK_SEQPACKET pair. A message is a fixed structure, so no length of the configuration's can wrap or
 * forge anything (CVE-2021-43784); everything else reaches the child by fork, as memory.
 *
 * Once the program may start, only one thing is ever sent: a bare struct error (sandbox_message_report), as
 * on the start gate.
 */
#pragma once

#include <stdint.h>
#include "base/error.h"

enum sandbox_message_kind {
    SANDBOX_MESSAGE_ERROR = 1,   /* child: it failed; `error` holds why */
    SANDBOX_MESSAGE_NOTICE,      /* child: a named fallback was taken; `error.message` holds which */
    SANDBOX_MESSAGE_MAPS_WANTED, /* child: it sits in its new user namespace */
    SANDBOX_MESSAGE_BORN,        /* the stage process: `number` is init's pid, and its pidfd comes along */
    SANDBOX_MESSAGE_MOUNTED,     /* child: the mounts are made, host hooks may run */
    SANDBOX_MESSAGE_READY,       /* child: everything but the program is done */
    SANDBOX_MESSAGE_CONTINUE,    /* parent: what the child waits for is done */
    SANDBOX_MESSAGE_RECORDED,    /* parent: a child that waits for nothing else is on record by now */
    SANDBOX_MESSAGE_GO,          /* parent: start the program */
};

struct sandbox_message {
    uint32_t kind; /* enum sandbox_message_kind */
    int32_t number;
    struct error error; /* only of the two kinds that carry one */
};

/* A connected pair, both ends close-on-exec. 0 or -1. */
int sandbox_message_pair(int *parent, int *child, struct error *error);

/* Send a message without a text; descriptor (-1: none) goes along. 0, or -1 with errno (EPIPE: the peer is
 * gone). */
int sandbox_message_send(int socket, enum sandbox_message_kind kind, int32_t number, int descriptor);

/* Send one that carries a text. 0, or -1 with errno. */
int sandbox_message_send_error(int socket, enum sandbox_message_kind kind, const struct error *error);

/* Receive one whole message. descriptor (NULL: none is expected) gets what came along, else -1. 1: received;
 * 0: the peer is gone; -1 with errno (EPROTO: not a message of ours). */
int sandbox_message_receive(int socket, struct sandbox_message *message, int *descriptor);

/* Child: wait for a message of this kind; *number (may be NULL) is its number. 0, or -1 with errno (EPIPE
 * when the peer is gone, EPROTO when it said something else). */
int sandbox_message_expect(int socket, enum sandbox_message_kind kind, int32_t *number);

/* The last word on a socket whose peer takes end of file as success: the program could not be started. Tries
 * write(2) where the program's own filter refuses sendmsg(2). What cannot be delivered is lost with the
 * socket: the process ends next, with a status. */
void sandbox_message_report(int socket, const struct error *error);

/* The other side: end of file is success (0), a report is -1 and fills *error. */
int sandbox_message_await_start(int socket, struct error *error);
