/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain bundles: the image's documents lie in the bundle's folder thwart.image, or in another
 * one that whoever starts the container names:
 *
 *   manifest.json, config.json     the documents, byte for byte
 *   signature-1, signature-2, …    up to the first gap, as in a lookaside
 *   name                           one line: the name that the image was fetched by (optional)
 *   seal                           the signed list of files (optional, seal.h)
 *
 * umoci's own record (umoci.json) names the manifest by digest and has no documents; it helps only to say
 * what is missing.
 */
#include "trust/image_store.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "trust/documents.h"
#include "trust/packets.h"
#include "trust/store_files.h"

#define FOLDER "thwart.image"

struct search {
    struct arena *arena;
    struct trust_image *image;
    const char *name; /* of the folder of documents, for messages */
    int folder;
};

/* umoci.json: from_descriptor_path.descriptor_walk[]: from an index down to the manifest. NULL: none. */
static const char *umoci_manifest(int bundle, struct arena *arena)
{
    cleanup_arena struct arena scratch = {0};
    const struct json_value *document, *walk, *last;
    struct error ignored;
    const char *digest;

    if (store_read_json(bundle, "umoci.json", &scratch, &document, &ignored) <= 0)
        return NULL;
    walk = json_member(json_member(document, "from_descriptor_path"), "descriptor_walk");
    if (walk == NULL || walk->type != JSON_ARRAY || walk->array.count == 0)
        return NULL;
    last = walk->array.items[walk->array.count - 1];
    digest = store_text(last, "digest");
    return image_digest_is_valid(digest) ? arena_string(arena, digest) : NULL;
}

static int read_document(struct search *search, const char *name, size_t limit, const char **bytes,
                         size_t *length, struct error *error)
{
    struct store_file file;
    int found = store_read(search->folder, name, limit, search->arena, &file, error);

    if (found < 0)
        return error_prefix(error, "%s", search->name);
    if (found == 0)
        return error_set(error, ERROR_INVALID, "%s has no %s", search->name, name);
    *bytes = file.bytes;
    *length = file.length;
    return 0;
}

static int read_signatures(struct search *search, struct error *error)
{
    struct trust_blob *blobs = arena_array(search->arena, IMAGE_SIGNATURES_MAX, sizeof(*blobs));

    for (size_t number = 1;; number++) {
        const char *path = arena_format(search->arena, "signature-%zu", number);
        struct store_file file;
        int found = store_read(search->folder, path, TRUST_SIGNATURE_BYTES_MAX, search->arena, &file, error);

        if (found < 0)
            return error_prefix(error, "%s", search->name);
        if (found == 0)
            break;
        if (number > IMAGE_SIGNATURES_MAX)
            return error_set(error, ERROR_LIMIT, "%s has more than %d signatures", search->name,
                             IMAGE_SIGNATURES_MAX);
        blobs[search->image->signature_count++] = (struct trust_blob){
            .where = arena_format(search->arena, "%s/%s", search->name, path),
            .bytes = file.bytes,
            .length = file.length,
        };
    }
    search->image->signatures = blobs;
    return 0;
}

static int read_image(struct search *search, struct error *error)
{
    struct trust_image *image = search->image;
    const char **names = arena_array(search->arena, 1, sizeof(*names));
    const char **seals = arena_array(search->arena, 1, sizeof(*seals));
    char digest[IMAGE_DIGEST_SIZE];

    if (read_document(search, "manifest.json", STORE_MANIFEST_BYTES_MAX, &image->manifest,
                      &image->manifest_length, error) < 0 ||
        read_document(search, "config.json", STORE_CONFIGURATION_BYTES_MAX, &image->configuration,
                      &image->configuration_length, error) < 0 ||
        read_signatures(search, error) < 0)
        return -1;
    if (store_read_word(search->folder, "name", search->arena, &names[0], error) < 0)
        return error_prefix(error, "%s", search->name);
    image->names = names;
    image->name_count = names[0] != NULL && image_name_is_useful(names[0]);
    seals[0] = arena_format(search->arena, "%s/seal", search->name);
    image->seals = seals;
    image->seal_count = store_has_file(search->folder, "seal");
    image_digest_of(image->manifest, image->manifest_length, digest);
    image->id = arena_string(search->arena, digest);
    image->store = "bundle";
    image_layers_broken(image, search->arena, "a bundle's root is no stack of layers");
    return 0;
}

/* 1: there is a folder of documents, 0: none. */
static int open_folder(const struct trust_root *root, const struct trust_places *places, int bundle,
                       struct search *search, struct error *error)
{
    if (places->bundle_image != NULL) {
        search->name = places->bundle_image;
        search->folder = store_open(places->bundle_image, error);
        return 1;
    }
    search->name = arena_format(search->arena, "%s/" FOLDER, root->bundle);
    search->folder = store_open_folder(bundle, FOLDER, error);
    return search->folder >= 0;
}

bool image_bundle_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                       struct trust_image *image)
{
    struct error error = {0};
    cleanup_fd int bundle = root->bundle != NULL ? store_open(root->bundle, &error) : -1;
    struct search search = {.arena = arena, .image = image, .folder = -1};
    const char *digest;

    if (bundle < 0 && places->bundle_image == NULL)
        return false;
    if (open_folder(root, places, bundle, &search, &error) != 0) {
        cleanup_fd int folder = search.folder;

        if (folder < 0 || read_image(&search, &error) < 0)
            image_is_broken_by(image, arena, &error);
        return true;
    }
    digest = umoci_manifest(bundle, arena);
    if (digest == NULL)
        return false;
    return image_is_broken(image, arena, "umoci made %s of the manifest %s; its documents are not in " FOLDER,
                           root->bundle, digest);
}
