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
    const char *reference; /* signed name of the first signature that counted; NULL: none did (a document may
                              accept anything) and nobody vouches for the manifest */
    const char *const *seals; /* digests of the lists of files that its counting signatures sign (seal.h) */
    size_t seal_count;
};

/* What the image is called, by a signature that counted for a requirement. */
struct trust_name {
    const char *reference; /* normalised */
    const struct trust_requirement *by;
};

struct json_value;
struct trust_difference;

/* A claim whose signature counted, from an issuer that the host knows, in force (claim.h): never another. */
struct trust_admitted {
    const char *issuer, *where;
    const char *reference;           /* signed name, normalised */
    const struct json_value *policy; /* one in the policy language */
    const char *ceiling;             /* name of a policy; NULL: none */
    uint64_t revision;
};

struct trust {
    /* How far the files are tied to the manifest. Above none only if the manifest has a root of trust: a
     * requirement that was met, or a digest that some rule accepts. */
    enum trust_level level;
    /* The list of files by which the level was reached: it is proven for those alone for whom a signature
     * with this seal counts (trust_level_by). NULL: it was reached without a list, through the manifest. */
    const char *seal;
    enum trust_level unsealed_level; /* for everybody else: with seal NULL the same as level */
    const char *found;               /* where the image was found: "containers-storage image HEX", "" */
    const char *level_reason;        /* why it is no higher: "/usr/bin/x differs from layer 2"; "" */
    const char *manifest_digest, *config_digest; /* computed from bytes; NULL: not found */
    const struct trust_signature *signatures;
    size_t signature_count;
    const struct trust_verdict *verdicts;
    size_t verdict_count;
    const struct trust_name *names; /* of verdicts that are met */
    size_t name_count;
    const struct trust_admitted *claims;
    size_t claim_count;
    const char *claim_refused; /* NULL, or why a claim that a counting signature carries was not admitted: the
                                  bundle is refused, as an author's bound may not just vanish */
    const struct trust_difference *differences; /* binding.h: what the level failed of */
    size_t difference_count, differences_more;
    const char *not_remembered; /* NULL, or why everything is found out anew each time: one line */
};

/* Nobody looked, or nothing was asked: level none, texts empty. */
struct trust trust_of_nothing(void);

/* "none", "manifest-only", "bound-walk", "bound-layers", "bound-verity". */
const char *trust_level_name(enum trust_level level);

/* The verdict of a requirement, or of the one that stands for it; NULL: it was not asked for. */
const struct trust_verdict *trust_verdict_of(const struct trust *trust,
                                             const struct trust_requirement *requirement);

/* How far the files are tied to what this verdict's signatures signed; none when nobody vouches. */
enum trust_level trust_level_by(const struct trust *trust, const struct trust_verdict *verdict);

/* The verdict by the host's own keyrings; NULL: it was not asked for. */
const struct trust_verdict *trust_verdict_of_host(const struct trust *trust);
