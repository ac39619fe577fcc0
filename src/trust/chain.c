/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the manifest's bytes to the digests of layers (image.h). Every link is computed; what a store says of
 * itself is compared, never believed. */
#include "trust/image.h"

#include "base/memory.h"
#include "trust/documents.h"

static const char *broken_by(struct arena *arena, const struct error *error)
{
    return arena_string(arena, error->message);
}

/* What the store lays under the root, as far as it says. */
static const char *compare_layers(const struct trust_image *image, const struct trust_chain *chain,
                                  struct arena *arena)
{
    if (image->layer_count == 0)
        return NULL;
    if (image->layer_count != chain->diff_id_count)
        return arena_format(arena, "the configuration has %zu layers, the store %zu", chain->diff_id_count,
                            image->layer_count);
    for (size_t i = 0; i < image->layer_count; i++)
        if (image->layers[i].diff_id == NULL || strcmp(image->layers[i].diff_id, chain->diff_ids[i]) != 0)
            return arena_format(
                arena, "layer %zu is %s in the configuration and %s in the store", i + 1, chain->diff_ids[i],
                image->layers[i].diff_id != NULL ? image->layers[i].diff_id : "without a name");
    return NULL;
}

/* The configuration's own digest, and the one that the manifest asks for. NULL, or where they part. */
static const char *read_manifest(const struct trust_image *image, struct arena *arena,
                                 struct trust_chain *chain, size_t *blob_count)
{
    char digest[IMAGE_DIGEST_SIZE];
    struct image_manifest manifest;
    struct error error = {0};

    if (image->manifest == NULL)
        return arena_format(arena, "%s keeps no manifest of the image", image->store);
    image_digest_of(image->manifest, image->manifest_length, digest);
    chain->manifest_digest = arena_string(arena, digest);
    if (image_manifest_parse(image->manifest, image->manifest_length, "the manifest", arena, &manifest,
                             &error) < 0)
        return broken_by(arena, &error);
    if (image->configuration == NULL)
        return arena_format(arena, "the configuration %s is not there", manifest.configuration);
    image_digest_of(image->configuration, image->configuration_length, digest);
    if (strcmp(digest, manifest.configuration) != 0)
        return arena_format(arena, "the configuration is %s, the manifest names %s", digest,
                            manifest.configuration);
    chain->config_digest = arena_string(arena, digest);
    *blob_count = manifest.blob_count;
    return NULL;
}

int trust_chain_of(const struct trust_image *image, struct arena *arena, struct trust_chain *chain,
                   struct error *error)
{
    struct error reason = {0};
    size_t blob_count = 0;

    (void)error;
    *chain = (struct trust_chain){0};
    if (image->store == NULL) {
        chain->broken = image->why_not != NULL ? image->why_not : "no image was found";
        return 0;
    }
    chain->broken = read_manifest(image, arena, chain, &blob_count);
    if (chain->broken != NULL)
        return 0;
    if (image_diff_ids_parse(image->configuration, image->configuration_length, "the configuration", arena,
                             &chain->diff_ids, &chain->diff_id_count, &reason) < 0) {
        chain->diff_id_count = 0;
        chain->broken = broken_by(arena, &reason);
        return 0;
    }
    if (blob_count != chain->diff_id_count)
        chain->broken = arena_format(arena, "the manifest has %zu layers, the configuration %zu", blob_count,
                                     chain->diff_id_count);
    else
        chain->broken = compare_layers(image, chain, arena);
    return 0;
}
