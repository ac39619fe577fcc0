/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One requirement against all names that the image may go by; one with a document as the scope of
 * containers-policy.json(5) says that the name falls under.
 *
 * Which name is the image's own (`I` of the identity rules)? What the engine noted for this container counts
 * alone. Where it noted none, each of the store's names is as good as the others: the requirement is met when
 * one of them fits all that it asks; signatures for two names are not added up. Names are hints of who may
 * write to the store; rules that name what they want (exactReference, a pattern) do not depend on them.
 */
#pragma once

#include "trust/signature.h"

struct judging {
    const char *manifest_digest; /* NULL: with `broken` */
    const char *broken;          /* where the chain ends: nobody has signed what is not known */
    const struct trust_reference *const *names; /* NULL among them: nobody knows one */
    size_t name_count;                          /* at least 1 */
    const struct trust_blob *blobs;
    size_t blob_count;
    const char *lookaside; /* where else was looked; NULL: nowhere */
    const struct trust_gpg *gpg;
    int64_t now_s;
    int (*check_document)(const char *path, struct error *error); /* see evidence.h */
};

struct judgement {
    struct trust_verdict verdict;
    bool vouched; /* met by a signature: "insecureAcceptAnything" meets and vouches for nothing */
    const struct trust_signature *signatures; /* looked at, for the name that decided */
    size_t signature_count;
};

/* Errors: a document or a keyring that cannot be read, gpg. */
int trust_judge(const struct trust_requirement *requirement, const struct judging *judging,
                struct arena *arena, struct judgement *judgement, struct error *error);
