/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain bundles: the image's documents lie in the bundle's folder thwart.image:
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
    const char *bundle;
    int folder; /* the bundle */
};

static const char *inside(struct search *search, const char *name)
{
    return arena_format(search->arena, FOLDER "/%s", name);
}

/* umoci.json: from_descriptor_path.descriptor_walk[]: from an index down to the manifest. NULL: none. */
static const char *umoci_manifest(struct search *search)
{
    cleanup_arena struct arena scratch = {0};
    const struct json_value *document, *walk, *last;
    struct error ignored;
    const char *digest;

    if (store_read_json(search->folder, "umoci.json", &scratch, &document, &ignored) <= 0)
        return NULL;
    walk = json_member(json_member(document, "from_descriptor_path"), "descriptor_walk");
    if (walk == NULL || walk->type != JSON_ARRAY || walk->array.count == 0)
        return NULL;
    last = walk->array.items[walk->array.count - 1];
    digest = store_text(last, "digest");
    return image_digest_is_valid(digest) ? arena_string(search->arena, digest) : NULL;
}

static int read_document(struct search *search, const char *name, size_t limit, const char **bytes,
                         size_t *length, struct error *error)
{
    struct store_file file;
    int found = store_read(search->folder, inside(search, name), limit, search->arena, &file, error);

    if (found < 0)
        return error_prefix(error, "%s", search->bundle);
    if (found == 0)
        return error_set(error, ERROR_INVALID, "%s/" FOLDER " has no %s", search->bundle, name);
    *bytes = file.bytes;
    *length = file.length;
    return 0;
}

static int read_signatures(struct search *search, struct error *error)
{
    struct trust_blob *blobs = arena_array(search->arena, IMAGE_SIGNATURES_MAX, sizeof(*blobs));

    for (size_t number = 1;; number++) {
        const char *path = arena_format(search->arena, FOLDER "/signature-%zu", number);
        struct store_file file;
        int found = store_read(search->folder, path, TRUST_SIGNATURE_BYTES_MAX, search->arena, &file, error);

        if (found < 0)
            return error_prefix(error, "%s", search->bundle);
        if (found == 0)
            break;
        if (number > IMAGE_SIGNATURES_MAX)
            return error_set(error, ERROR_LIMIT, "%s/" FOLDER " has more than %d signatures", search->bundle,
                             IMAGE_SIGNATURES_MAX);
        blobs[search->image->signature_count++] = (struct trust_blob){
            .where = arena_format(search->arena, "%s/%s", search->bundle, path),
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
    if (store_read_word(search->folder, FOLDER "/name", search->arena, &names[0], error) < 0)
        return error_prefix(error, "%s", search->bundle);
    image->names = names;
    image->name_count = names[0] != NULL && image_name_is_useful(names[0]);
    seals[0] = arena_format(search->arena, "%s/" FOLDER "/seal", search->bundle);
    image->seals = seals;
    image->seal_count = store_has_file(search->folder, FOLDER "/seal");
    image_digest_of(image->manifest, image->manifest_length, digest);
    image->id = arena_string(search->arena, digest);
    image->store = "bundle";
    image_layers_broken(image, search->arena, "a bundle's root is no stack of layers");
    return 0;
}

bool image_bundle_find(const struct trust_root *root, struct arena *arena, struct trust_image *image)
{
    struct error error = {0};
    cleanup_fd int folder = root->bundle != NULL ? store_open(root->bundle, &error) : -1;
    struct search search = {.arena = arena, .image = image, .bundle = root->bundle, .folder = folder};

    if (folder < 0)
        return false;
    cleanup_fd int inner = store_open_folder(folder, FOLDER, &error);
    if (inner >= 0) {
        if (read_image(&search, &error) < 0)
            image_is_broken_by(image, arena, &error);
        return true;
    }

    const char *digest = umoci_manifest(&search);
    if (digest == NULL)
        return false;
    return image_is_broken(image, arena, "umoci made %s of the manifest %s; its documents are not in " FOLDER,
                           root->bundle, digest);
}
