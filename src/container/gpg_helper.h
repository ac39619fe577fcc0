/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart-gpg, asked by the runtime: keyrings are opened here, everything of OpenPGP happens there. */
#pragma once

#include "linux/helper.h"
#include "trust/cache.h"
#include "trust/signature.h"

enum { GPG_HELPER_TIMEOUT_MS = 10 * 1000 };

struct gpg_helper {
    const char *directory; /* where homes are made: absolute, exists, written to by its owner alone */
    int timeout_ms;        /* for gpg, each time */
    const struct trust_cache *cache; /* what gpg said is remembered there (gpg_answers.h); NULL: it is not */
    struct helper helper;
    struct message question, answer;
};

/* Nothing is started before the first question. directory: borrowed; the directory of states is one
 * (state_root.h). */
void gpg_helper_begin(struct gpg_helper *gpg, const char *directory);

/* End it; fine on one that was never started. */
void gpg_helper_end(struct gpg_helper *gpg);
#define cleanup_gpg_helper __attribute__((cleanup(gpg_helper_end)))

/*
 * How trust/ asks it; borrows. Keyrings by path must be regular files of root's or the caller's that nobody
 * else can write to, and no symbolic links. Errors: ERROR_UNSUPPORTED (thwart-gpg or gpg is not there),
 * ERROR_LIMIT (gpg hangs), ERROR_INVALID (a keyring is none), ERROR_DENIED (others could change it),
 * ERROR_SYSTEM.
 */
struct trust_gpg gpg_helper_of(struct gpg_helper *gpg);

struct gpg_key {
    const char *fingerprint;      /* primary */
    const char *status;           /* "good", "expired", "revoked", "unusable" */
    int64_t created_s, expires_s; /* 0: never */
    const char *algorithm, *user;
};

/* What is in keyrings. */
int gpg_helper_keys(struct gpg_helper *gpg, const struct trust_keyring *keyrings, size_t keyring_count,
                    struct arena *arena, const struct gpg_key **keys, size_t *key_count, struct error *error);

/* Sign with a private key in home (absolute; GNUPGHOME of whoever signs). tty: where its agent may ask, or
 * NULL. timeout_ms: people type. */
int gpg_helper_sign(struct gpg_helper *gpg, const char *key, const char *home, const char *tty,
                    int timeout_ms, const void *payload, size_t length, struct arena *arena,
                    const void **signature, size_t *signature_length, struct error *error);
