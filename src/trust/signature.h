/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One signature blob against the keys of a requirement: framing (packets.h) -> gpg -> payload -> digest of
 * the manifest
 * -> identity, age, number of keys. What gpg does is asked of a helper process (base/gpg_messages.h);
 * everything else is pure.
 */
#pragma once

#include "trust/reference.h"
#include "trust/trust.h"

/* What gpg said of one signature in the blob. */
struct trust_gpg_signature {
    enum trust_gpg_status {
        TRUST_GPG_GOOD,
        TRUST_GPG_BAD,     /* does not fit its data */
        TRUST_GPG_NO_KEY,  /* made by none of the keyring's */
        TRUST_GPG_EXPIRED, /* the signature */
        TRUST_GPG_KEY_EXPIRED,
        TRUST_GPG_KEY_REVOKED,
        TRUST_GPG_KEY_UNUSABLE, /* not for signing, disabled, no binding signature */
        TRUST_GPG_WEAK,         /* its digest is MD5, SHA-1 or RIPEMD-160 */
        TRUST_GPG_ERROR,
    } status;
    const char *fingerprint, *primary; /* of the key that signed, and of its primary key; upper case; NULL:
                                          not known. Of a missing key fingerprint may be the key id. */
    int64_t created_s, expires_s;      /* 0: never */
    const char *words;                 /* what gpg says of it, for messages */
};

struct trust_gpg_answer {
    const struct trust_gpg_signature *signatures;
    size_t count;
    const char *payload; /* authenticated only when there is one signature and it is good */
    size_t payload_length;
};

/* Why one whose status is not good does not count: one line. */
const char *trust_gpg_reason(const struct trust_gpg_signature *found, struct arena *arena);

/* Ask gpg, offline, with these keys and no other, no home of anybody's, no agent, in bounded time. -1: gpg is
 * missing, hangs (ERROR_LIMIT) or a keyring cannot be read or holds no key. The container floor has the one
 * that starts the helper (container/gpg_helper.h); tests have others. */
struct trust_gpg {
    int (*verify)(void *context, const struct trust_keyring *keyrings, size_t keyring_count,
                  const void *signature, size_t length, struct arena *arena, struct trust_gpg_answer *answer,
                  struct error *error);
    void *context;
};

/* A blob as it was found. */
struct trust_blob {
    const char *where;
    const void *bytes;
    size_t length;
};

/* Everything about the image that signatures are held against. */
struct trust_subject {
    const char *manifest_digest;         /* "sha256:HEX" of the bytes */
    const struct trust_reference *image; /* the name it goes by; NULL: unknown */
    int64_t now_s;
};

/*
 * Judge every blob against the requirement. Stops when it is met, unless it wants every signature.
 *
 * Where verifiers differ: keys are counted and listed by their primary fingerprint, whichever subkey signed;
 * a message behind the first refuses the blob; a signature dated more than five minutes ahead does not count;
 * neither does one whose own members (seal, claim) are broken. Age goes by the signature packet's date; a
 * payload that says another gets a note.
 */
int trust_requirement_judge(const struct trust_requirement *requirement, const struct trust_subject *subject,
                            const struct trust_blob *blobs, size_t blob_count, const struct trust_gpg *gpg,
                            struct arena *arena, struct trust_verdict *verdict,
                            const struct trust_signature **signatures, size_t *signature_count,
                            struct error *error);
