/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A detached signature (what `gpg --armor --detach-sign FILE` writes) and its data, joined into the one form
 * of message that gpg is asked about (packets.h): the signature's packet, and the data as a literal packet
 * behind it. A signature of version 4 covers the same bytes in both, so one question, and one set of rules,
 * serves images and files. Pure.
 */
#pragma once

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

/* Of the armored text; several people may sign one file. */
enum { TRUST_DETACHED_BYTES_MAX = 256 * 1024, TRUST_DETACHED_MAX = 16 };

struct trust_detached {
    struct {
        const void *bytes;
        size_t length;
    } signatures[TRUST_DETACHED_MAX]; /* packets */
    size_t count;                     /* at least 1 */
};

/* Read strictly: one armored block of signatures of version 4 over binary data, and nothing beside it.
 * ERROR_INVALID says what else it is; ERROR_LIMIT. */
int trust_detached_read(const char *text, size_t length, struct arena *arena, struct trust_detached *detached,
                        struct error *error);

/* The message of one of the signatures over data. ERROR_LIMIT: more data than a message may have. */
int trust_detached_message(const struct trust_detached *detached, size_t index, const void *data,
                           size_t data_length, struct arena *arena, const void **message,
                           size_t *message_length, struct error *error);
