/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is proven about a bundle: who signed its image, under which name, and whether these are its files.
 *
 *   keys of a requirement ──▶ signature ──▶ payload {name, manifest digest, optional seal and claim}
 *   manifest digest ──▶ manifest bytes ──▶ config digest ──▶ config bytes ──▶ diff_ids
 *   diff_ids ──▶ the layers that the root's mount really has ──▶ every file          (bound-layers)
 *   seal     ──▶ every file of the root                                              (bound-walk,
 * bound-verity)
 *
 * Each arrow is a digest that was computed here; a name that only an annotation or a store's index says leads
 * to the documents and proves nothing. A chain that breaks is data (a verdict with its reason), never an
 * error: policy decides what a missing proof means. Errors are what keeps us from looking (memory, a keyring
 * that cannot be read, a gpg that hangs): they refuse.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "trust/requirement.h"

/* One signature, verified, and what it says. Fields of the payload are set only when the signature is good.
 */
struct trust_signature {
    const char *where;       /* in messages: a path, or "the store's signature 2" */
    bool good;               /* by a key of the asked keyrings, payload well-formed, digest the manifest's */
    const char *reason;      /* why it does not count for the requirement that asked; NULL: it counts */
    const char *note;        /* what is odd about one that counts; NULL */
    const char *fingerprint; /* of the primary key */
    const char *key;         /* of the key that signed (a subkey's differs) */
    int64_t created_s;       /* by the signature packet */
    const char *reference;   /* signed name */
    const char *digest;      /* signed manifest digest */
    const struct trust_seal *seal;   /* seal.h; NULL: the payload has none */
    const struct trust_claim *claim; /* claim.h */
};

/* Is one requirement met? */
struct trust_verdict {
    const struct trust_requirement *requirement;
    bool met;
    const char *reason;    /* one line: who signed what when, or why nobody did */
    const char *reference; /* signed name of the first signature that counted; NULL */
};

struct trust {
    enum trust_level level;
    const char *found;        /* where the image was found: "containers-storage image HEX", "" */
    const char *level_reason; /* why it is no higher: "/usr/bin/x differs from layer 2"; "" */
    const char *manifest_digest, *config_digest; /* computed from bytes; NULL: not found */
    const struct trust_signature *signatures;
    size_t signature_count;
    const struct trust_verdict *verdicts;
    size_t verdict_count;
    const struct trust_claim *claim; /* of a signature that met a requirement; NULL */
};

/* Nobody looked, or nothing was asked: level none, texts empty. */
struct trust trust_of_nothing(void);

/* "none", "manifest-only", "bound-walk", "bound-layers", "bound-verity". */
const char *trust_level_name(enum trust_level level);

/* The verdict of a requirement; NULL: it was not asked for. */
const struct trust_verdict *trust_verdict_of(const struct trust *trust,
                                             const struct trust_requirement *requirement);
