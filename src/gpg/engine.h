/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpgme, told to use a home of ours and gpg as program.h runs it. In the worker only: it changes the
 * environment. */
#pragma once

#include <gpgme.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "gpg/keyring.h"

struct engine_home {
    const char *path;
    bool made_by_us; /* gpg gets options and limits that keep it to the home */
    const char *tty; /* NULL: nobody can be asked */
};

int engine_open(const struct engine_home *home, gpgme_ctx_t *context, struct error *error);

/* Keys that cannot be put into the home as they are: gpg joins and judges them. */
int engine_import(gpgme_ctx_t context, const struct keys *keys, struct error *error);

/* What gpgme says of a failure. Always -1. */
int engine_error(gpgme_error_t failure, const char *what, struct error *error);

/* Memory that gpgme reads (not copied) or writes to; full: -1 to gpg, and overflow. */
struct engine_buffer {
    char *bytes;
    size_t length, room;
    bool overflow;
};
int engine_source(const void *bytes, size_t length, gpgme_data_t *data, struct error *error);
int engine_target(struct engine_buffer *buffer, gpgme_data_t *data, struct error *error);

/* Text for one member of an answer: without blanks and control characters at its ends, at most so long. */
const char *engine_words(const char *text, struct arena *arena);
