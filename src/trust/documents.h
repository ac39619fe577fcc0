/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two documents of an image, as far as a chain needs them: the manifest (OCI image-spec manifest.md,
 * Docker distribution's "image manifest version 2, schema 2") names the configuration and the blobs of
 * layers, the configuration has the digests of the layers' tars. Pure; unknown members are allowed, as the
 * specifications ask; duplicate ones are not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

enum { IMAGE_LAYERS_MAX = 512, IMAGE_MANIFESTS_MAX = 256, IMAGE_DIGEST_SIZE = 72 };

struct image_manifest {
    const char *configuration; /* "sha256:HEX" */
    const char *const *blobs;  /* of the layers, bottom first: "sha256:HEX" */
    size_t blob_count;
};

/* "sha256:" and 64 lower-case hexadecimal digits: the one algorithm that is computed here. */
bool image_digest_is_valid(const char *digest);

/* Of bytes, as "sha256:HEX". */
void image_digest_of(const void *bytes, size_t length, char digest[IMAGE_DIGEST_SIZE]);

/* ERROR_INVALID says which: a list or index of manifests, schema 1, an artifact without layers of a root,
 * both at once (CVE-2021-41190), an unknown type, a digest that is no SHA-256. */
int image_manifest_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                         struct image_manifest *manifest, struct error *error);

/* The manifests that a list or index names, in its order. ERROR_INVALID when it is none. */
int image_index_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                      const char *const **manifests, size_t *count, struct error *error);

/* rootfs.diff_ids of a configuration, bottom first. */
int image_diff_ids_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                         const char *const **diff_ids, size_t *count, struct error *error);

/* The name that containerd and docker give to a stack of layers (OCI image-spec config.md, "Layer ChainID"):
 * of the lowest `count`, at least one. */
void image_chain_id(const char *const *diff_ids, size_t count, char chain[IMAGE_DIGEST_SIZE]);
