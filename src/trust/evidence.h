/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a demand to what is proven: find the image, compute the chain of digests, judge each requirement, tie
 * the files to the manifest as far as the demand wants. The only entry from above; `create`, `policy explain`
 * and `image verify` are this same code.
 *
 * Evidence that is missing or broken is data (struct trust); errors are what keeps us from looking.
 */
#pragma once

#include "trust/cache.h"
#include "trust/claim.h"
#include "trust/image.h"
#include "trust/signature.h"
#include "trust/trust.h"

/* An image of which there is no root yet: who is about to pull it knows its digest and the name that it is
 * asked for by. Nothing but signatures can be looked at: the level is manifest-only at most. */
struct trust_offer {
    const char *digest;             /* "sha256:HEX": the caller answers for it */
    const char *name;               /* NULL: unknown */
    const struct trust_blob *blobs; /* signatures; count 0: those of the lookaside */
    size_t blob_count;
};

struct trust_inquiry {
    const struct trust_demand *demand;
    const struct trust_root *root;   /* NULL: offer */
    const struct trust_offer *offer; /* NULL: root */
    const struct trust_places *places;
    const struct trust_gpg *gpg;
    const struct trust_cache *cache; /* NULL: nothing is remembered */
    const struct trust_issuer *issuers;
    size_t issuer_count;
    int64_t now_s;
    /* Could anybody but the administrator change this document (struct trust_requirement)? -1: then it is not
     * read. NULL: nobody looks. */
    int (*check_document)(const char *path, struct error *error);
};

int trust_gather(const struct trust_inquiry *inquiry, struct arena *arena, struct trust *trust,
                 struct error *error);
