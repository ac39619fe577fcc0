/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyrings of a question, from their descriptors into a private home. */
#pragma once

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "gpg/home.h"

struct keyring {
    const char *name; /* in messages */
    int descriptor;
};

/* What gpg gets. */
struct keys {
    const void *bytes; /* packets: public keys, one behind the other */
    size_t length;
    size_t count;
    /* They can be put into the home as they are, which saves a process that imports them. Otherwise the same
     * key comes several times, and what one copy has (a revocation) must be joined with the others; or it is
     * of a version that gpg had better judge. */
    bool ready;
};

/* ERROR_INVALID: one of them is no keyring, or holds a private key, or no key at all. */
int keyrings_read(const struct keyring *keyrings, size_t count, struct arena *arena, struct keys *keys,
                  struct error *error);

/* As the home's keyring. Only those that are ready. */
int keys_put(const struct keys *keys, const struct home *home, struct error *error);
