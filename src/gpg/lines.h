/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gpg's status lines (GnuPG's doc/DETAILS) about one message, understood strictly. An exit status is no
 * verdict: gpgv's is 0 for a key that has expired.
 */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/gpg_messages.h"
#include "base/message.h"

enum { LINES_FINGERPRINT_SIZE = 65 };

/* One that was judged. */
struct line_signature {
    const char *status;                                                /* GPG_STATUS_… */
    char key[LINES_FINGERPRINT_SIZE], primary[LINES_FINGERPRINT_SIZE]; /* "": not told; key may be a key id */
    unsigned long created_s, expires_s;
    bool valid;       /* VALIDSIG came for it */
    unsigned int why; /* gpg's number of the error; 0: none */
};

struct lines {
    unsigned int all, begun, plaintexts, judged;
    bool odd; /* something that belongs to no signature, or is not understood */
    struct line_signature signatures[GPG_SIGNATURES_MAX];
};

/* One line: "GOODSIG", and what stands behind it. */
void lines_hear(struct lines *lines, const char *keyword, const char *arguments);

/* Exactly one signature, good, by a key that is known in full, over exactly one plaintext. */
bool lines_are_good(const struct lines *lines);

/* A member of the answer for each. When they are not good as a whole, none of them is. */
void lines_tell(const struct lines *lines, struct arena *arena, struct message *answer);
