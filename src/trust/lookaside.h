/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lookaside storage of containers/image: BASE/REPOSITORY@sha256=HEX/signature-N, from 1 to the first that
 * is missing; the repository without its registry (docker.io/library/busybox lies below library/busybox).
 * Only folders are read: what lies behind http is fetched by who pulls, never while a container starts.
 */
#pragma once

#include "trust/image.h"
#include "trust/signature.h"

/* The folder that a URL of registries.d means; NULL with a reason when it is none on this machine. */
const char *lookaside_folder_of(const char *url, struct arena *arena, const char **reason);

/* Signatures in one folder. *reason: NULL, or why there are no more. */
struct lookaside_found {
    struct trust_blob *blobs;
    size_t count;
    const char *reason;
};

/* base: a folder; repository: without its registry; digest: "sha256:HEX". */
void lookaside_read(const char *base, const char *repository, const char *digest, struct arena *arena,
                    struct lookaside_found *found);

/*
 * Look by all names of the image, in places->lookaside, then in what registries.d says, which is
 * /var/lib/containers/sigstore (of a user: ~/.local/share/containers/sigstore) when it says nothing.
 * Signatures come behind those that the image has; image->lookaside tells where it was looked; image->seals
 * get "REPOSITORY@sha256=HEX/seal".
 *
 * An image without a manifest (docker keeps none) takes it from "REPOSITORY@sha256=HEX/manifest.json" there,
 * when those bytes have that digest and name the image's own configuration.
 */
int image_add_lookaside(struct trust_image *image, const struct trust_places *places, struct arena *arena,
                        struct error *error);

/* The same for an image that is not here yet (it is about to be pulled): of its manifest the digest is known
 * and nothing else. ERROR_INVALID: it is none. */
int image_add_lookaside_of(struct trust_image *image, const char *digest, const struct trust_places *places,
                           struct arena *arena, struct error *error);
