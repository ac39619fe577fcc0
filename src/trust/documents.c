/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See documents.h. */
#include "trust/documents.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/store_files.h"

#define OCI_MANIFEST         "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX            "application/vnd.oci.image.index.v1+json"
#define OCI_CONFIGURATION    "application/vnd.oci.image.config.v1+json"
#define DOCKER_MANIFEST      "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LIST          "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_CONFIGURATION "application/vnd.docker.container.image.v1+json"

static const char digest_prefix[] = "sha256:";

bool image_digest_is_valid(const char *digest)
{
    size_t prefix = sizeof(digest_prefix) - 1;

    return digest != NULL && text_starts_with(digest, digest_prefix) &&
           strspn(digest + prefix, "0123456789abcdef") == DIGEST_HEX_SIZE - 1 &&
           digest[prefix + DIGEST_HEX_SIZE - 1] == '\0';
}

void image_digest_of(const void *bytes, size_t length, char digest[IMAGE_DIGEST_SIZE])
{
    struct digest value = digest_of(bytes, length);

    memcpy(digest, digest_prefix, sizeof(digest_prefix) - 1);
    digest_hex(&value, digest + sizeof(digest_prefix) - 1);
}

static int read_object(const char *bytes, size_t length, const char *name, struct arena *arena,
                       const struct json_value **root, struct error *error)
{
    const struct json_limits limits = {.bytes = STORE_CONFIGURATION_BYTES_MAX, .values = 200000};
    struct json_value *document;

    if (json_read(bytes, length, name, &limits, arena, &document, error) < 0)
        return -1;
    if (document->type != JSON_OBJECT)
        return error_set(error, ERROR_INVALID, "%s is no object but %s", name,
                         json_type_name(document->type));
    *root = document;
    return 0;
}

/* An array of digests: items themselves, or their member `digest`. */
static int read_digests(const struct json_value *list, bool inside, const char *name, const char *what,
                        size_t maximum, struct arena *arena, const char *const **digests, size_t *count,
                        struct error *error)
{
    if (list == NULL || list->type != JSON_ARRAY)
        return error_set(error, ERROR_INVALID, "%s has no list %s", name, what);
    if (list->array.count > maximum)
        return error_set(error, ERROR_LIMIT, "%s has %zu %s, more than %zu", name, list->array.count, what,
                         maximum);

    const char **items = arena_array(arena, list->array.count + 1, sizeof(*items));
    for (size_t i = 0; i < list->array.count; i++) {
        const struct json_value *item = list->array.items[i];

        if (inside)
            items[i] = store_text(item, "digest");
        else
            items[i] = item->type == JSON_STRING ? item->string.bytes : NULL;
        if (!image_digest_is_valid(items[i]))
            return error_set(error, ERROR_INVALID, "%s:%u:%u: no SHA-256 digest in %s", name, item->line,
                             item->column, what);
    }
    *digests = items;
    *count = list->array.count;
    return 0;
}

static bool is_version(const struct json_value *root, const char *version)
{
    const struct json_value *value = json_member(root, "schemaVersion");

    return value != NULL && value->type == JSON_NUMBER && strcmp(value->number.text, version) == 0;
}

static bool is_one_of(const char *word, const char *first, const char *second)
{
    return word != NULL && (strcmp(word, first) == 0 || strcmp(word, second) == 0);
}

/* One document must not be two things to two readers: a manifest for us and an index for the signer. */
static int check_manifest_kind(const struct json_value *root, const char *name, struct error *error)
{
    const struct json_value *type = json_member(root, "mediaType");
    const char *word = store_text(root, "mediaType");

    if (is_one_of(word, OCI_INDEX, DOCKER_LIST) || json_member(root, "manifests") != NULL)
        return error_set(error, ERROR_INVALID, "%s is a list of manifests, not one", name);
    if (is_version(root, "1") || json_member(root, "fsLayers") != NULL ||
        json_member(root, "history") != NULL)
        return error_set(error, ERROR_INVALID, "%s is a manifest of Docker's schema 1, which binds no layers",
                         name);
    if (!is_version(root, "2"))
        return error_set(error, ERROR_INVALID, "%s has no schemaVersion 2", name);
    if (type != NULL && !is_one_of(word, OCI_MANIFEST, DOCKER_MANIFEST))
        return error_set(error, ERROR_INVALID, "%s has the unknown type %s", name,
                         word != NULL ? word : json_type_name(type->type));
    return 0;
}

int image_manifest_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                         struct image_manifest *manifest, struct error *error)
{
    const struct json_value *root;

    if (read_object(bytes, length, name, arena, &root, error) < 0 ||
        check_manifest_kind(root, name, error) < 0)
        return -1;

    const struct json_value *configuration = json_member(root, "config");
    const char *type = store_text(configuration, "mediaType");
    if (!is_one_of(type, OCI_CONFIGURATION, DOCKER_CONFIGURATION))
        return error_set(error, ERROR_INVALID, "%s is of no container image: its configuration is %s", name,
                         type != NULL ? type : "of no type");
    manifest->configuration = store_text(configuration, "digest");
    if (!image_digest_is_valid(manifest->configuration))
        return error_set(error, ERROR_INVALID, "%s names its configuration by no SHA-256 digest", name);
    return read_digests(json_member(root, "layers"), true, name, "layers", IMAGE_LAYERS_MAX, arena,
                        &manifest->blobs, &manifest->blob_count, error);
}

int image_index_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                      const char *const **manifests, size_t *count, struct error *error)
{
    const struct json_value *root;

    if (read_object(bytes, length, name, arena, &root, error) < 0)
        return -1;
    if (!is_version(root, "2") || json_member(root, "layers") != NULL || json_member(root, "config") != NULL)
        return error_set(error, ERROR_INVALID, "%s is no list of manifests", name);
    return read_digests(json_member(root, "manifests"), true, name, "manifests", IMAGE_MANIFESTS_MAX, arena,
                        manifests, count, error);
}

int image_diff_ids_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                         const char *const **diff_ids, size_t *count, struct error *error)
{
    const struct json_value *root, *rootfs;
    const char *type;

    if (read_object(bytes, length, name, arena, &root, error) < 0)
        return -1;
    rootfs = json_member(root, "rootfs");
    type = store_text(rootfs, "type");
    if (type == NULL || strcmp(type, "layers") != 0)
        return error_set(error, ERROR_INVALID, "%s has no rootfs of the type layers", name);
    return read_digests(json_member(rootfs, "diff_ids"), false, name, "diff_ids", IMAGE_LAYERS_MAX, arena,
                        diff_ids, count, error);
}

void image_chain_id(const char *const *diff_ids, size_t count, char chain[IMAGE_DIGEST_SIZE])
{
    (void)text_print(chain, IMAGE_DIGEST_SIZE, "%s", diff_ids[0]);
    for (size_t i = 1; i < count; i++) {
        char pair[2 * IMAGE_DIGEST_SIZE];

        (void)text_print(pair, sizeof(pair), "%s %s", chain, diff_ids[i]);
        image_digest_of(pair, strlen(pair), chain);
    }
}
