/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image in containerd's store, as ctr, CRI and Docker with containerd's image store use it, through the
 * overlayfs snapshotter.
 *
 *   upper ROOT/io.containerd.snapshotter.v1.overlayfs/snapshots/N/fs
 *     -> snapshotter's metadata.db: the snapshot with the id N, its parent "NAMESPACE/NUMBER/sha256:CHAIN"
 *     -> meta.db: an image whose configuration's layers have that chain id -> content/blobs/sha256/HEX
 *
 * The chain id is the link: it is a digest over the layers' digests. The container's own record only says
 * where to look first, as its image's name may have moved since.
 */
#include "trust/image_store.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "trust/bolt.h"
#include "trust/documents.h"
#include "trust/engine_files.h"
#include "trust/store_files.h"
#include "trust/store_paths.h"

#define SNAPSHOTTER "io.containerd.snapshotter.v1.overlayfs"
#define METADATA    "io.containerd.metadata.v1.bolt/meta.db"
#define CONTENT     "io.containerd.content.v1.content/blobs/sha256"

enum { ATTEMPTS = 16, SNAPSHOTS_MAX = IMAGE_LAYERS_MAX + 2, IMAGES_MAX = 4096, WORD_MAX = 1024 };

struct snapshot {
    uint64_t id;
    bool found;
    const char *key, *parent; /* parent NULL: none */
};

/* One image of the namespace: its name, and the digest that the name stands for. */
struct listed {
    const char *name, *digest;
};

struct search {
    const struct trust_root *root;
    struct arena *arena;
    struct trust_image *image;
    const char *prefix; /* of the mount's directories */
    const char *store;  /* the root folder */
    int folder;
    struct snapshot *snapshots; /* the container's own, then lowers, topmost first */
    size_t snapshot_count;
    size_t init_layers;    /* 1: the topmost lower is docker's own */
    const char *space;     /* containerd's namespace */
    const char *chain;     /* of all layers: "sha256:HEX" */
    const char *container; /* by the bundle's path; a hint */
    const char *name;      /* of the image that the container was made by; a hint */
    struct listed *listed;
    size_t listed_count;
    const char **tried; /* digests of targets that were not it */
    size_t tried_count;
};

/* What one look into a database does. 1 found, 0 not, -1 with words. */
typedef int (*look_function)(struct search *search, struct bolt *bolt, struct error *error);

/* Until nothing was committed while it was read. A torn view may fail as well: then it is read again, too. */
static int look_into(struct search *search, const char *path, look_function look, struct error *error)
{
    cleanup_fd int file = store_open_file(search->folder, path, error);
    bool opened = false;

    if (file < 0)
        return error_prefix(error, "%s", search->store);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        cleanup_bolt struct bolt bolt;
        int status = bolt_open(&bolt, file, error);

        opened = status == 0;
        if (opened)
            status = look(search, &bolt, error);
        if (!opened || !bolt_is_settled(&bolt))
            continue;
        if (status < 0)
            error_prefix(error, "%s/%s", search->store, path);
        return status;
    }
    if (!opened)
        return error_prefix(error, "%s/%s", search->store, path);
    return error_set(error, ERROR_STATE, "%s/%s was written %d times while it was read", search->store, path,
                     ATTEMPTS);
}

static bool take_word(struct arena *arena, const uint8_t *bytes, size_t length, const char **word)
{
    if (length == 0 || length > WORD_MAX || memchr(bytes, '\0', length) != NULL)
        return false;
    *word = arena_copy(arena, (const char *)bytes, length);
    return !text_has_control(*word);
}

/* Go's unsigned varint: seven bits a byte, lowest first. */
static bool take_number(const uint8_t *bytes, size_t length, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < length && i < 9; i++) {
        *number |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if ((bytes[i] & 0x80) == 0)
            return i + 1 == length;
    }
    return false;
}

static int find_path(struct bolt *bolt, const char *const *keys, size_t count, struct bolt_bucket *bucket,
                     struct error *error)
{
    *bucket = bolt->root;
    for (size_t i = 0; i < count; i++) {
        const struct bolt_bucket parent = *bucket;
        int found = bolt_find_bucket(bolt, &parent, keys[i], bucket, error);

        if (found <= 0)
            return found;
    }
    return 1;
}

static int find_word(struct search *search, struct bolt *bolt, const struct bolt_bucket *bucket,
                     const char *key, const char **word, struct error *error)
{
    const uint8_t *bytes;
    size_t length;
    int found = bolt_find_value(bolt, bucket, key, &bytes, &length, error);

    if (found <= 0)
        return found;
    return take_word(search->arena, bytes, length, word) ? 1 : 0;
}

struct visit {
    struct search *search;
    struct bolt *bolt;
};

static int visit_snapshot(void *context, const struct bolt_entry *entry, struct error *error)
{
    struct visit *visit = context;
    struct search *search = visit->search;
    struct bolt_bucket bucket;
    const uint8_t *bytes;
    size_t length;
    uint64_t id;
    int found;

    if (!entry->is_bucket)
        return 0;
    if (bolt_bucket_of(entry, &bucket, error) < 0)
        return -1;
    found = bolt_find_value(visit->bolt, &bucket, "id", &bytes, &length, error);
    if (found <= 0 || !take_number(bytes, length, &id))
        return found < 0 ? -1 : 0;
    for (size_t i = 0; i < search->snapshot_count; i++) {
        struct snapshot *snapshot = &search->snapshots[i];

        if (snapshot->id != id || snapshot->found)
            continue;
        snapshot->parent = NULL;
        snapshot->found = take_word(search->arena, entry->key, entry->key_length, &snapshot->key);
        if (find_word(search, visit->bolt, &bucket, "parent", &snapshot->parent, error) < 0)
            return -1;
    }
    return 0;
}

static int look_for_snapshots(struct search *search, struct bolt *bolt, struct error *error)
{
    static const char *const path[] = {"v1", "snapshots"};
    struct visit visit = {.search = search, .bolt = bolt};
    struct bolt_bucket bucket;
    int found;

    for (size_t i = 0; i < search->snapshot_count; i++)
        search->snapshots[i].found = false;
    found = find_path(bolt, path, ARRAY_LENGTH(path), &bucket, error);
    if (found <= 0)
        return found < 0 ? -1 : error_set(error, ERROR_INVALID, "it has no snapshots");
    return bolt_each(bolt, &bucket, visit_snapshot, &visit, error);
}

/* "NAMESPACE/NUMBER/KEY" */
static const char *key_of(const char *key)
{
    const char *slash = key != NULL ? strchr(key, '/') : NULL;

    slash = slash != NULL ? strchr(slash + 1, '/') : NULL;
    return slash != NULL ? slash + 1 : "";
}

/* Does each snapshot stand on the next? NULL, or what is otherwise. */
static const char *check_stack(struct search *search)
{
    for (size_t i = 0; i < search->snapshot_count; i++)
        if (!search->snapshots[i].found)
            return arena_format(search->arena, "%s has no snapshot %llu", search->store,
                                (unsigned long long)search->snapshots[i].id);
    for (size_t i = 0; i < search->snapshot_count; i++) {
        const struct snapshot *here = &search->snapshots[i];
        const char *below = i + 1 < search->snapshot_count ? here[1].key : "";
        const char *parent = here->parent != NULL ? here->parent : "";

        if (strcmp(below, parent) != 0)
            return arena_format(search->arena, "the mount has snapshot %llu over %s, containerd over %s",
                                (unsigned long long)here->id, *below != '\0' ? below : "nothing",
                                *parent != '\0' ? parent : "nothing");
    }
    return NULL;
}

static bool snapshot_id(struct search *search, const char *path, uint64_t *id)
{
    const char *words[STORE_PATH_WORDS_MAX], *store;

    return store_path_match(path, SNAPSHOTTER "/snapshots/?/fs", search->arena, &store, words) &&
           strcmp(store, search->prefix) == 0 && number_unsigned(words[0], UINT64_MAX, id);
}

/* The mount's directories as numbers of snapshots. NULL, or the directory that is none. */
static const char *read_mount(struct search *search)
{
    const struct trust_root *root = search->root;

    search->snapshots = arena_array(search->arena, root->lower_count + 1, sizeof(*search->snapshots));
    if (root->upper != NULL && !snapshot_id(search, root->upper, &search->snapshots[0].id))
        return root->upper;
    search->snapshot_count = root->upper != NULL;
    for (size_t i = 0; i < root->lower_count; i++)
        if (!snapshot_id(search, root->lowers[i], &search->snapshots[search->snapshot_count++].id))
            return root->lowers[i];
    return NULL;
}

static const char *blob_path(struct arena *arena, const char *digest)
{
    return arena_format(arena, CONTENT "/%s", digest + strlen("sha256:"));
}

/* Is this manifest's image the one whose layers are mounted? 1 taken, 0 not, never fails: another image's
 * documents may have been collected as garbage. */
static int try_manifest(struct search *search, const char *digest)
{
    struct trust_image *image = search->image;
    struct image_manifest manifest;
    struct store_file file, configuration;
    const char *const *diff_ids;
    size_t count;
    struct error reason;

    if (store_read(search->folder, blob_path(search->arena, digest), STORE_MANIFEST_BYTES_MAX, search->arena,
                   &file, &reason) <= 0 ||
        image_manifest_parse(file.bytes, file.length, digest, search->arena, &manifest, &reason) < 0 ||
        store_read(search->folder, blob_path(search->arena, manifest.configuration),
                   STORE_CONFIGURATION_BYTES_MAX, search->arena, &configuration, &reason) <= 0 ||
        image_diff_ids_parse(configuration.bytes, configuration.length, manifest.configuration, search->arena,
                             &diff_ids, &count, &reason) < 0)
        return 0;

    char chain[IMAGE_DIGEST_SIZE] = "";
    if (count > 0)
        image_chain_id(diff_ids, count, chain);
    if (count == 0 || strcmp(chain, search->chain) != 0)
        return 0;
    image->store = "containerd";
    image->id = digest;
    image->manifest = file.bytes;
    image->manifest_length = file.length;
    image->configuration = configuration.bytes;
    image->configuration_length = configuration.length;
    return 1;
}

/* A target is a manifest, or a list of them, one for each kind of machine. */
static int try_target(struct search *search, const char *digest)
{
    const char *const *manifests;
    struct store_file file;
    struct error reason;
    size_t count;

    for (size_t i = 0; i < search->tried_count; i++)
        if (strcmp(search->tried[i], digest) == 0)
            return 0;
    if (search->tried_count < IMAGES_MAX)
        search->tried[search->tried_count++] = digest;
    if (try_manifest(search, digest) > 0)
        return 1;
    if (store_read(search->folder, blob_path(search->arena, digest), STORE_MANIFEST_BYTES_MAX, search->arena,
                   &file, &reason) <= 0 ||
        image_index_parse(file.bytes, file.length, digest, search->arena, &manifests, &count, &reason) < 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (try_manifest(search, manifests[i]) > 0)
            return 1;
    return 0;
}

/* images/NAME/target/digest. 1, 0, -1. */
static int target_of(struct search *search, struct bolt *bolt, const struct bolt_bucket *image,
                     const char **digest, struct error *error)
{
    struct bolt_bucket target;
    int found = bolt_find_bucket(bolt, image, "target", &target, error);

    if (found > 0)
        found = find_word(search, bolt, &target, "digest", digest, error);
    return found > 0 && !image_digest_is_valid(*digest) ? 0 : found;
}

static int visit_image(void *context, const struct bolt_entry *entry, struct error *error)
{
    struct visit *visit = context;
    struct search *search = visit->search;
    struct bolt_bucket image;
    struct listed item;
    int found;

    if (!entry->is_bucket || !take_word(search->arena, entry->key, entry->key_length, &item.name))
        return 0;
    if (bolt_bucket_of(entry, &image, error) < 0)
        return -1;
    found = target_of(search, visit->bolt, &image, &item.digest, error);
    if (found <= 0)
        return found;
    if (search->listed_count == IMAGES_MAX)
        return error_set(error, ERROR_LIMIT, "it has more than %d images", IMAGES_MAX);
    search->listed[search->listed_count++] = item;
    return 0;
}

/* The image that the container was made by, by name. NULL: nobody says. */
static int name_of_container(struct search *search, struct bolt *bolt, struct error *error)
{
    const char *const path[] = {"v1", search->space, "containers", search->container};
    struct bolt_bucket container;
    int found;

    search->name = NULL;
    if (search->container == NULL)
        return 0;
    found = find_path(bolt, path, ARRAY_LENGTH(path), &container, error);
    return found <= 0 ? found : find_word(search, bolt, &container, "image", &search->name, error);
}

static int look_for_images(struct search *search, struct bolt *bolt, struct error *error)
{
    const char *const path[] = {"v1", search->space, "images"};
    struct visit visit = {.search = search, .bolt = bolt};
    struct bolt_bucket images;
    int found = find_path(bolt, path, ARRAY_LENGTH(path), &images, error);

    search->listed_count = 0;
    if (found > 0 && bolt_each(bolt, &images, visit_image, &visit, error) < 0)
        return -1;
    return found < 0 || name_of_container(search, bolt, error) < 0 ? -1 : 0;
}

/* Every name that stands for the same target; the container's first. */
static void take_names(struct search *search, const struct listed *taken)
{
    const char **names = arena_array(search->arena, IMAGE_NAMES_MAX, sizeof(*names));
    size_t count = 0;

    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < search->listed_count && count < IMAGE_NAMES_MAX; i++) {
            const struct listed *item = &search->listed[i];
            bool is_named = search->name != NULL && strcmp(item->name, search->name) == 0;

            if (is_named == (round == 0) && strcmp(item->digest, taken->digest) == 0 &&
                image_name_is_useful(item->name))
                names[count++] = item->name;
        }
    search->image->names = names;
    search->image->name_count = count;
}

/* The name that the container was made by goes first, but only the layers decide. */
static bool choose_image(struct search *search)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < search->listed_count; i++) {
            const struct listed *item = &search->listed[i];
            bool is_named = search->name != NULL && strcmp(item->name, search->name) == 0;

            if (is_named != (round == 0) || try_target(search, item->digest) == 0)
                continue;
            take_names(search, item);
            return true;
        }
    return false;
}

static void take_layers(struct search *search)
{
    struct trust_image *image = search->image;
    const char *const *diff_ids;
    struct image_manifest manifest;
    size_t count, first = (search->root->upper != NULL) + search->init_layers;
    struct error error = {0};

    if (image_diff_ids_parse(image->configuration, image->configuration_length, "the configuration",
                             search->arena, &diff_ids, &count, &error) < 0 ||
        image_manifest_parse(image->manifest, image->manifest_length, "the manifest", search->arena,
                             &manifest, &error) < 0) {
        image_layers_broken(image, search->arena, "%s", error.message);
        return;
    }
    if (count != search->snapshot_count - first) {
        image_layers_broken(image, search->arena, "the mount has %zu layers, the image %zu",
                            search->snapshot_count - first, count);
        return;
    }

    struct trust_layer *layers = arena_array(search->arena, count + 1, sizeof(*layers));
    for (size_t i = 0; i < count; i++) {
        const struct snapshot *snapshot = &search->snapshots[search->snapshot_count - 1 - i];
        char chain[IMAGE_DIGEST_SIZE];

        image_chain_id(diff_ids, i + 1, chain);
        if (strcmp(key_of(snapshot->key), chain) != 0)
            image_layers_broken(image, search->arena,
                                "layer %zu is %s in the configuration and %s in the store", i + 1, chain,
                                key_of(snapshot->key));
        layers[i] = (struct trust_layer){
            .diff_id = diff_ids[i],
            .directory = search->root->lowers[search->root->lower_count - 1 - i],
        };
        /* Unpacked layers' blobs may have been thrown away. */
        if (manifest.blob_count == count &&
            store_has_file(search->folder, blob_path(search->arena, manifest.blobs[i]))) {
            layers[i].blob = arena_format(search->arena, "%s/%s", search->store,
                                          blob_path(search->arena, manifest.blobs[i]));
            layers[i].blob_digest = manifest.blobs[i];
        }
    }
    image->layers = layers;
    image->layer_count = count;
}

/* ID of ".../io.containerd.runtime.v2.task/NAMESPACE/ID"; only a hint for where to look first. */
static void read_bundle(struct search *search)
{
    const char *words[STORE_PATH_WORDS_MAX], *ignored;

    if (store_path_match(search->root->bundle, "?/?", search->arena, &ignored, words) &&
        strcmp(words[0], search->space) == 0)
        search->container = words[1];
}

static const char *name_space_of(struct search *search, const char *key)
{
    size_t length = strcspn(key, "/");

    return key[length] == '/' ? arena_copy(search->arena, key, length) : NULL;
}

static bool look(struct search *search)
{
    struct error error = {0};
    const char *fault = read_mount(search);
    size_t top = search->root->upper != NULL;

    if (fault != NULL)
        return image_is_broken(search->image, search->arena, "%s is no snapshot in %s", fault, search->store);
    if (search->snapshot_count > SNAPSHOTS_MAX || search->snapshot_count <= top)
        return image_is_broken(search->image, search->arena, "the mount has %zu snapshots of containerd",
                               search->snapshot_count);
    if (look_into(search, SNAPSHOTTER "/metadata.db", look_for_snapshots, &error) < 0)
        return image_is_broken_by(search->image, search->arena, &error);
    fault = check_stack(search);
    if (fault != NULL)
        return image_is_broken(search->image, search->arena, "%s", fault);
    if (text_ends_with(search->snapshots[top].key, "-init") && search->snapshot_count > top + 1)
        search->init_layers = 1;
    search->chain = key_of(search->snapshots[top + search->init_layers].key);
    search->space = name_space_of(search, search->snapshots[top].key);
    if (search->space == NULL || !image_digest_is_valid(search->chain))
        return image_is_broken(search->image, search->arena, "snapshot %s is of no image",
                               search->snapshots[top].key);
    read_bundle(search);

    if (look_into(search, METADATA, look_for_images, &error) < 0)
        return image_is_broken_by(search->image, search->arena, &error);
    if (!choose_image(search))
        return image_is_broken(search->image, search->arena,
                               "%s has no image with the layers %s in its namespace %s", search->store,
                               search->chain, search->space);
    return true;
}

/* What is between the image's layers and the container must be docker's own and empty. */
static void check_init_layer(struct search *search)
{
    const char *other = NULL;

    if (search->init_layers > 0)
        other = trust_engine_directory(search->root, 1, search->arena);
    if (other != NULL)
        image_layers_broken(search->image, search->arena, "docker's own layer over the image: %s", other);
}

bool image_containerd_find(const struct trust_root *root, const struct trust_places *places,
                           struct arena *arena, struct trust_image *image)
{
    struct search search = {.root = root, .arena = arena, .image = image, .folder = -1};
    const char *words[STORE_PATH_WORDS_MAX], *some = root->upper;
    struct error error = {0};

    if (some == NULL && root->lower_count > 0)
        some = root->lowers[0];
    if (!store_path_match(some, SNAPSHOTTER "/snapshots/?/fs", arena, &search.prefix, words)) {
        const char *ignored;

        return store_path_match(root->bundle, "io.containerd.runtime.v2.task/?/?", arena, &ignored, words) &&
               !store_path_match(root->path, "overlay2/?/merged", arena, &ignored, words) &&
               image_is_broken(image, arena, "containerd keeps %s by another snapshotter than overlayfs",
                               root->path);
    }
    /* The mount says where the store is; one that is meant for another place would lead to other bytes, whose
     * digests would not be those of these layers. */
    search.store = places->containerd_root != NULL ? places->containerd_root : search.prefix;
    search.folder = store_open(search.store, &error);
    if (search.folder < 0)
        return image_is_broken_by(image, arena, &error);
    search.tried = arena_array(arena, IMAGES_MAX, sizeof(*search.tried));
    search.listed = arena_array(arena, IMAGES_MAX, sizeof(*search.listed));
    if (look(&search) && image->store != NULL && !image_mount_is_unclear(root, arena, image)) {
        take_layers(&search);
        check_init_layer(&search);
    }
    descriptor_close(&search.folder);
    return true;
}
