/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image in containers-storage: Podman, Buildah and CRI-O, as root and rootless.
 *
 * Three paths lead to the store: root.path (GRAPHROOT/overlay/LAYER/merged), the overlay's upper directory
 * (GRAPHROOT/overlay/LAYER/diff: Buildah's bundles are elsewhere), the bundle
 * (GRAPHROOT/overlay-containers/ID/userdata; CRI-O's is below its run root). Lower layers may lie in further
 * stores, which the mount names itself, so that storage.conf need not be read. Annotations are not looked at:
 * podman copies them from the image, whose author could name any other.
 */
#include "trust/image_store.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "trust/containers_store.h"
#include "trust/documents.h"
#include "trust/store_paths.h"

enum { STORES_MAX = 8 };

struct search {
    const struct trust_root *root;
    struct arena *arena;
    struct arena scratch; /* documents, until the end of the search */
    struct trust_image *image;
    bool signatures_only;
    const char *driver;
    const char *container, *layer; /* by the paths; NULL: they do not say */
    struct containers_store stores[STORES_MAX];
    size_t store_count;
    const char *refused; /* why a manifest is none that can be used; NULL */
};

struct lower {
    const char *root, *id;
};

static void add_store(struct search *search, const char *path)
{
    struct error ignored; /* a path may look like a store's and be none */
    int folder;

    for (size_t i = 0; i < search->store_count; i++)
        if (strcmp(search->stores[i].path, path) == 0)
            return;
    if (search->store_count == STORES_MAX || (folder = store_open(path, &ignored)) < 0)
        return;
    search->stores[search->store_count++] = (struct containers_store){
        .path = path, .driver = search->driver, .folder = folder, .scratch = &search->scratch};
}

static void close_stores(struct search *search)
{
    for (size_t i = 0; i < search->store_count; i++)
        descriptor_close(&search->stores[i].folder);
}

static bool match(const struct search *search, const char *path, const char *form, const char **root,
                  const char *words[STORE_PATH_WORDS_MAX])
{
    return store_path_match(path, form, search->arena, root, words);
}

/* "overlay-containers" names the driver. */
static const char *driver_of(const char *folder, struct arena *arena)
{
    static const char ending[] = "-containers";
    size_t length = strlen(folder), end = sizeof(ending) - 1;

    if (length <= end || strcmp(folder + length - end, ending) != 0)
        return NULL;
    return arena_copy(arena, folder, length - end);
}

/* Whose root this is, by the form of its paths. */
static bool recognise(struct search *search, const char *usual_root)
{
    const struct trust_root *root = search->root;
    const char *words[STORE_PATH_WORDS_MAX] = {NULL}, *mounted = NULL, *bundle = NULL, *store;

    if (match(search, root->bundle, "?/?/userdata", &bundle, words) &&
        (search->driver = driver_of(words[0], search->arena)) != NULL)
        search->container = words[1];
    else
        bundle = NULL;
    if (match(search, root->upper, "overlay/?/diff", &store, words) ||
        match(search, root->path, "overlay/?/merged", &store, words)) {
        mounted = store;
        search->driver = "overlay";
        search->layer = words[0];
    } else if (match(search, root->path, "vfs/dir/?", &store, words)) {
        mounted = store;
        search->driver = "vfs";
        search->layer = words[0];
    }
    if (search->driver == NULL)
        return false;
    if (mounted != NULL)
        add_store(search, mounted);
    if (bundle != NULL)
        add_store(search, bundle);
    if (usual_root != NULL)
        add_store(search, usual_root);
    return true;
}

/* Other programs have folders of these names as well. */
static bool is_a_store(const struct search *search)
{
    static const char *const kinds[] = {"images", "layers", "containers"};
    struct error ignored;

    for (size_t i = 0; i < search->store_count * ARRAY_LENGTH(kinds); i++) {
        const struct containers_store *store = &search->stores[i / ARRAY_LENGTH(kinds)];
        const char *path =
            arena_format(search->arena, "%s-%s", store->driver, kinds[i % ARRAY_LENGTH(kinds)]);
        cleanup_fd int folder = store_open_folder(store->folder, path, &ignored);

        if (folder >= 0)
            return true;
    }
    return false;
}

/* The container's record. 1, 0, or -1 with why_not. */
static int find_container(struct search *search, struct containers_record *record)
{
    struct error error = {0};
    int found = 0;

    for (size_t i = 0; i < search->store_count && found == 0; i++)
        found = containers_store_container(&search->stores[i], search->layer, search->container,
                                           search->arena, record, &error);
    /* The bundle's id without this layer: torn, or somebody's mixture. */
    for (size_t i = 0; i < search->store_count && found == 0 && search->container != NULL; i++)
        found = containers_store_container(&search->stores[i], NULL, search->container, search->arena, record,
                                           &error);
    if (found < 0) {
        image_is_broken_by(search->image, search->arena, &error);
        return -1;
    }
    if (found == 0)
        return 0;
    if ((search->layer != NULL && strcmp(search->layer, record->layer) != 0) ||
        (search->container != NULL && strcmp(search->container, record->id) != 0)) {
        image_is_broken(
            search->image, search->arena,
            "the bundle is of container %s, its root of layer %s: the store has container %s with "
            "layer %s",
            search->container != NULL ? search->container : "(unknown)",
            search->layer != NULL ? search->layer : "(unknown)", record->id, record->layer);
        return -1;
    }
    if (record->image[0] == '\0') {
        image_is_broken(search->image, search->arena, "container %s was made of no image", record->id);
        return -1;
    }
    return 1;
}

/* Lower directories by store and layer, topmost first. None, with *stranger, when one is of no store. */
static const struct lower *read_lowers(struct search *search, size_t *count, const char **stranger)
{
    const struct trust_root *root = search->root;
    struct lower *lowers = arena_array(search->arena, root->lower_count + 1, sizeof(*lowers));
    const char *words[STORE_PATH_WORDS_MAX], *store;

    *count = 0;
    *stranger = NULL;
    for (size_t i = 0; i < root->lower_count; i++) {
        /* What the driver lays under a container of no layers: the kernel wants one. */
        if (root->lower_count == 1 && match(search, root->lowers[i], "overlay/?/empty", &store, words))
            continue;
        if (!match(search, root->lowers[i], "overlay/?/diff", &store, words)) {
            *stranger = root->lowers[i];
            *count = 0;
            break;
        }
        add_store(search, store);
        lowers[(*count)++] = (struct lower){.root = store, .id = words[0]};
    }
    return lowers;
}

static const struct containers_store *find_image(struct search *search, const char *id, const char *layer,
                                                 struct containers_image *image)
{
    struct error error = {0};

    for (size_t i = 0; i < search->store_count; i++) {
        int found = containers_store_image(&search->stores[i], id, layer, search->arena, image, &error);

        if (found > 0)
            return &search->stores[i];
        if (found < 0) {
            image_is_broken_by(search->image, search->arena, &error);
            return NULL;
        }
    }
    image_is_broken(search->image, search->arena, "%s has no image %s %s", search->stores[0].path,
                    id != NULL ? "with the id" : "over the layer", id != NULL ? id : layer);
    return NULL;
}

/* One file of signatures is cut by the sizes that the metadata lists; they must fill it. */
static const char *cut_signatures(struct search *search, const char *where, const struct json_value *sizes,
                                  const struct store_file *file)
{
    size_t count = sizes != NULL && sizes->type == JSON_ARRAY ? sizes->array.count : 0, at = 0;
    struct trust_blob *blobs;

    if (count > IMAGE_SIGNATURES_MAX)
        return "more than 128 signatures";
    blobs = arena_array(search->arena, count + 1, sizeof(*blobs));
    for (size_t i = 0; i < count; i++) {
        const struct json_value *size = sizes->array.items[i];
        uint64_t length;

        if (size->type != JSON_NUMBER || !number_unsigned(size->number.text, file->length - at, &length))
            return "sizes of signatures that its file does not have";
        blobs[i] = (struct trust_blob){
            .where = arena_format(search->arena, "signature %zu of %s", i + 1, where),
            .bytes = file->bytes + at,
            .length = (size_t)length,
        };
        at += (size_t)length;
    }
    if (at != file->length)
        return "signatures of unknown sizes";
    search->image->signatures = blobs;
    search->image->signature_count = count;
    return NULL;
}

/* Signatures are kept by the digest of their manifest. 1: there are some, 0: none. */
static int read_signatures(struct search *search, const struct containers_store *store,
                           const struct containers_image *image, const char *digest, struct error *error)
{
    const char *key = arena_format(search->arena, "signature-%s", digest + strlen("sha256:"));
    struct store_file file;
    int found =
        containers_store_data(store, image->id, key, STORE_MANIFEST_BYTES_MAX, search->arena, &file, error);

    if (found <= 0)
        return found;
    const char *fault =
        cut_signatures(search, arena_format(search->arena, "image %s in %s", image->id, store->path),
                       json_member(containers_store_signature_sizes(image, search->arena), digest), &file);
    if (fault != NULL)
        return error_set(error, ERROR_INVALID, "image %s in %s has %s", image->id, store->path, fault);
    return search->image->signature_count > 0;
}

/* One of the image's manifests: taken when there is none yet, when it is the one that images.json names, or
 * when it has signatures. 1: it has, 0: it has none or is no manifest of one image, -1. */
static int try_manifest(struct search *search, const struct containers_store *store,
                        const struct containers_image *image, const char *key, const char **configuration,
                        struct error *error)
{
    char digest[IMAGE_DIGEST_SIZE];
    struct image_manifest manifest;
    struct store_file file;
    struct error reason; /* a list of manifests is kept beside the one that was chosen from it */
    int found =
        containers_store_data(store, image->id, key, STORE_MANIFEST_BYTES_MAX, search->arena, &file, error);

    if (found <= 0)
        return found;
    if (image_manifest_parse(file.bytes, file.length, key, search->arena, &manifest, &reason) < 0) {
        search->refused = arena_string(search->arena, reason.message);
        return 0;
    }
    image_digest_of(file.bytes, file.length, digest);
    found = read_signatures(search, store, image, digest, error);
    if (found < 0)
        return -1;
    if (found > 0 || search->image->manifest == NULL ||
        (image->digest != NULL && strcmp(digest, image->digest) == 0)) {
        search->image->manifest = file.bytes;
        search->image->manifest_length = file.length;
        *configuration = manifest.configuration;
    }
    return found;
}

/* One image may have several manifests (pushed with other compressions), each with signatures of its own. */
static int read_manifest(struct search *search, const struct containers_store *store,
                         const struct containers_image *image, const char **configuration,
                         struct error *error)
{
    static const char prefix[] = "manifest-", general[] = "manifest";
    int found = 0;

    for (size_t i = 0; i < image->key_count && found == 0; i++)
        if (strncmp(image->keys[i], prefix, sizeof(prefix) - 1) == 0 &&
            image_digest_is_valid(image->keys[i] + sizeof(prefix) - 1))
            found = try_manifest(search, store, image, image->keys[i], configuration, error);
    /* Stores of old have only this one. */
    if (found == 0 && search->image->manifest == NULL)
        found = try_manifest(search, store, image, general, configuration, error);
    if (found < 0)
        return -1;
    if (search->image->manifest != NULL)
        return 0;
    return error_set(error, ERROR_INVALID, "image %s in %s has no manifest%s%s", image->id, store->path,
                     search->refused != NULL ? " that can be used: " : "",
                     search->refused != NULL ? search->refused : "");
}

/* By the manifest: the image's id is the configuration's digest, but not of every image. */
static int read_configuration(struct search *search, const struct containers_store *store,
                              const struct containers_image *image, const char *digest, struct error *error)
{
    struct store_file file;
    int found = containers_store_data(store, image->id, digest, STORE_CONFIGURATION_BYTES_MAX, search->arena,
                                      &file, error);

    if (found < 0)
        return -1;
    if (found == 0)
        return error_set(error, ERROR_INVALID, "image %s in %s has no configuration %s", image->id,
                         store->path, digest);
    search->image->configuration = file.bytes;
    search->image->configuration_length = file.length;
    return 0;
}

/* The name that the container was made by comes first, when the image still has it. */
static void take_names(struct search *search, const struct containers_image *image, const char *first)
{
    const char **names = arena_array(search->arena, IMAGE_NAMES_MAX, sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; first != NULL && i < image->name_count && count == 0; i++)
        if (strcmp(image->names[i], first) == 0 && image_name_is_useful(first))
            names[count++] = first;
    search->image->first_name_used = count > 0;
    for (size_t i = 0; i < image->name_count && count < IMAGE_NAMES_MAX; i++)
        if ((count == 0 || strcmp(names[0], image->names[i]) != 0) && image_name_is_useful(image->names[i]))
            names[count++] = image->names[i];
    search->image->names = names;
    search->image->name_count = count;
}

/* The store's own word on its layers, topmost first, against the configuration. NULL, or what is otherwise.
 */
static const char *compare_records(struct search *search, const struct lower *lowers, size_t count,
                                   const char *const *diff_ids)
{
    struct containers_layer *layers = arena_array(search->arena, count + 1, sizeof(*layers));
    struct error error = {0};

    for (size_t i = 0; i < count; i++)
        layers[i].id = lowers[i].id;
    for (size_t i = 0; i < search->store_count; i++)
        if (containers_store_layers(&search->stores[i], layers, count, search->arena, &error) < 0)
            return arena_string(search->arena, error.message);
    for (size_t i = 0; i < count; i++) {
        const char *below = i + 1 < count ? lowers[i + 1].id : NULL;
        const char *diff_id = diff_ids[count - 1 - i];

        if (!layers[i].found)
            return arena_format(search->arena, "the store has no record of layer %s", lowers[i].id);
        if ((below == NULL) != (layers[i].parent == NULL) ||
            (below != NULL && strcmp(below, layers[i].parent) != 0))
            return arena_format(search->arena, "the mount has layer %s over %s, the store over %s",
                                lowers[i].id, below != NULL ? below : "nothing",
                                layers[i].parent != NULL ? layers[i].parent : "nothing");
        if (layers[i].diff_id != NULL && strcmp(layers[i].diff_id, diff_id) != 0)
            return arena_format(search->arena, "layer %zu is %s in the configuration and %s in the store",
                                count - i, diff_id, layers[i].diff_id);
    }
    return NULL;
}

static const char *tar_split_of(const struct search *search, const struct lower *lower)
{
    const char *path = arena_format(search->arena, "%s-layers/%s.tar-split.gz", search->driver, lower->id);

    for (size_t i = 0; i < search->store_count; i++)
        if (strcmp(search->stores[i].path, lower->root) == 0 &&
            store_has_file(search->stores[i].folder, path))
            return arena_format(search->arena, "%s/%s", lower->root, path);
    return NULL;
}

static void take_layers(struct search *search, const struct lower *lowers, size_t count)
{
    struct trust_image *image = search->image;
    const char *const *diff_ids, *fault;
    size_t diff_id_count;
    struct error error = {0};

    if (image_diff_ids_parse(image->configuration, image->configuration_length, "the configuration",
                             search->arena, &diff_ids, &diff_id_count, &error) < 0) {
        image_layers_broken(image, search->arena, "%s", error.message);
        return;
    }
    if (diff_id_count != count) {
        image_layers_broken(image, search->arena, "the mount has %zu layers, the image %zu", count,
                            diff_id_count);
        return;
    }
    fault = compare_records(search, lowers, count, diff_ids);
    if (fault != NULL)
        image_layers_broken(image, search->arena, "%s", fault);

    struct trust_layer *layers = arena_array(search->arena, count + 1, sizeof(*layers));
    for (size_t i = 0; i < count; i++) {
        size_t from_top = count - 1 - i;

        layers[i] = (struct trust_layer){
            .diff_id = diff_ids[i],
            .directory = search->root->lowers[from_top],
            .tar_split = tar_split_of(search, &lowers[from_top]),
        };
    }
    image->layers = layers;
    image->layer_count = count;
}

/* Documents of the image that a record of the store names. */
static bool take_image(struct search *search, const struct containers_store *store,
                       const struct containers_image *found, const struct containers_record *record)
{
    const char *configuration = NULL;
    struct error error = {0};

    if (read_manifest(search, store, found, &configuration, &error) < 0 ||
        read_configuration(search, store, found, configuration, &error) < 0) {
        image_is_broken_by(search->image, search->arena, &error);
        return false;
    }
    /* Which of several names, only the container's record says. */
    take_names(search, found,
               found->name_count > 1 ? containers_store_image_name(record, search->arena) : NULL);
    search->image->store = "containers-storage";
    search->image->id = found->id;
    return true;
}

/* Without idmapped mounts (rootless: --userns=keep-id) podman copies a layer, changes the owners of the copy
 * and of everything below it, and mounts what results as several directories. */
static void explain_stranger(struct search *search, const char *stranger)
{
    const char *words[STORE_PATH_WORDS_MAX], *ignored;

    if (match(search, stranger, "overlay/?/diff1", &ignored, words))
        image_layers_broken(search->image, search->arena,
                            "layer %s is a copy of the image's with other owners, not a signed one",
                            words[0]);
    else
        image_layers_broken(search->image, search->arena, "%s is no layer of containers-storage", stranger);
}

static void look(struct search *search)
{
    struct containers_record record = {0};
    struct containers_image found;
    const char *stranger = NULL;
    size_t count = 0;
    const struct lower *lowers = read_lowers(search, &count, &stranger);
    int has_record = find_container(search, &record);
    const char *id = has_record > 0 ? record.image : NULL, *top = count > 0 ? lowers[0].id : NULL;

    if (has_record < 0)
        return;
    if (id == NULL && top == NULL) {
        image_is_broken(search->image, search->arena, "%s has no container %s", search->stores[0].path,
                        search->container != NULL ? search->container : search->layer);
        return;
    }
    const struct containers_store *store = find_image(search, id, top, &found);
    if (store == NULL || !take_image(search, store, &found, &record))
        return;
    if (strcmp(search->driver, "overlay") != 0)
        image_layers_broken(search->image, search->arena, "the driver %s mounts no layers", search->driver);
    else if (image_mount_is_unclear(search->root, search->arena, search->image))
        return;
    else if (search->signatures_only)
        image_layers_broken(search->image, search->arena, "nobody asked for its layers");
    else if (stranger != NULL)
        explain_stranger(search, stranger);
    else
        take_layers(search, lowers, count);
}

bool image_containers_find(const struct trust_root *root, const struct trust_places *places,
                           struct arena *arena, struct trust_image *image)
{
    struct search search = {
        .root = root, .arena = arena, .image = image, .signatures_only = places->signatures_only};
    bool ours = recognise(&search, places->containers_root) && is_a_store(&search);

    if (ours)
        look(&search);
    close_stores(&search);
    arena_free(&search.scratch);
    return ours;
}
