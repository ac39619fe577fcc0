/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image in docker's own store (graph driver overlay2):
 *
 *   root ROOT/overlay2/MOUNT/merged
 *     -> ROOT/image/overlay2/layerdb/mounts/ID/{mount-id,parent}: the container, and the chain id of its
 * image
 *     -> ROOT/containers/ID/config.v2.json "Image" -> image/overlay2/imagedb/content/sha256/IMAGE
 *     -> for each layer layerdb/sha256/CHAIN/{cache-id,diff,parent,tar-split.json.gz}, overlay2/CACHE/diff
 *
 * Docker throws the manifest away: names with a digest in repositories.json are all that is left of it, and
 * lead to one that an administrator may have laid into the lookaside (lookaside.h).
 */
#include "trust/image_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/documents.h"
#include "trust/engine_files.h"
#include "trust/store_files.h"
#include "trust/store_paths.h"

#define LAYERS "image/overlay2/layerdb"

enum { MOUNTS_MAX = 65536 };

struct search {
    const struct trust_root *root;
    struct arena *arena;
    struct trust_image *image;
    const char *store;
    int folder;
    const char *mount;     /* the id of the container's own layer */
    const char *container; /* its id */
    const char *chain;     /* of the image's layers; NULL: it has none */
    const char *id;        /* of the image: its configuration's digest */
};

static int read_word(struct search *search, const char **word, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int read_word(struct search *search, const char **word, struct error *error, const char *format, ...)
{
    char path[1024];
    struct text text = text_over(path, sizeof(path));
    va_list arguments;
    int found;

    va_start(arguments, format);
    text_append_format_list(&text, format, arguments);
    va_end(arguments);
    found = store_read_word(search->folder, path, search->arena, word, error);
    return found < 0 ? error_prefix(error, "%s", search->store) : found;
}

/* Is the mount this container's? */
static int is_mount_of(struct search *search, const char *container, struct error *error)
{
    const char *mount;
    int found = read_word(search, &mount, error, LAYERS "/mounts/%s/mount-id", container);

    return found <= 0 ? found : strcmp(mount, search->mount) == 0;
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

/* The container is named by its bundle; else by its mount. */
static int find_container(struct search *search, struct error *error)
{
    const char *words[STORE_PATH_WORDS_MAX], *ignored;
    int found = 0;

    if (store_path_match(search->root->bundle, "?", search->arena, &ignored, words))
        found = is_mount_of(search, words[0], error);
    if (found != 0) {
        search->container = words[0];
        return found;
    }

    cleanup_fd int folder = store_open_folder(search->folder, LAYERS "/mounts", error);
    if (folder < 0)
        return error_prefix(error, "%s", search->store);
    __attribute__((cleanup(close_directory))) DIR *directory = fdopendir(folder);
    if (directory == NULL)
        return error_system(error, errno, "read the mounts of %s", search->store);
    (void)take_fd(&folder);
    for (size_t i = 0; i < MOUNTS_MAX && found == 0; i++) {
        const struct dirent *entry = readdir(directory);

        if (entry == NULL)
            break;
        if (!store_name_is_plain(entry->d_name))
            continue;
        found = is_mount_of(search, entry->d_name, error);
        if (found > 0)
            search->container = arena_string(search->arena, entry->d_name);
    }
    return found;
}

static int read_container(struct search *search, struct error *error)
{
    const struct json_value *document;
    const char *path = arena_format(search->arena, "containers/%s/config.v2.json", search->container);
    cleanup_arena struct arena scratch = {0};
    int found;

    if (read_word(search, &search->chain, error, LAYERS "/mounts/%s/parent", search->container) < 0)
        return -1;
    found = store_read_json(search->folder, path, &scratch, &document, error);
    if (found < 0)
        return error_prefix(error, "%s", search->store);
    if (found == 0)
        return error_set(error, ERROR_INVALID, "%s has no container %s", search->store, search->container);
    search->id = store_text(document, "Image");
    if (!image_digest_is_valid(search->id) ||
        (search->chain != NULL && !image_digest_is_valid(search->chain)))
        return error_set(error, ERROR_INVALID, "%s/%s names no image", search->store, path);
    search->id = arena_string(search->arena, search->id);
    return 0;
}

static int read_configuration(struct search *search, const char *const **diff_ids, size_t *count,
                              struct error *error)
{
    const char *path = arena_format(search->arena, "image/overlay2/imagedb/content/sha256/%s",
                                    search->id + strlen("sha256:"));
    char digest[IMAGE_DIGEST_SIZE], chain[IMAGE_DIGEST_SIZE];
    struct store_file file;
    int found = store_read(search->folder, path, STORE_CONFIGURATION_BYTES_MAX, search->arena, &file, error);

    if (found <= 0)
        return found < 0 ? error_prefix(error, "%s", search->store)
                         : error_set(error, ERROR_INVALID, "%s has no image %s", search->store, search->id);
    image_digest_of(file.bytes, file.length, digest);
    if (strcmp(digest, search->id) != 0)
        return error_set(error, ERROR_INVALID, "%s/%s is %s", search->store, path, digest);
    if (image_diff_ids_parse(file.bytes, file.length, path, search->arena, diff_ids, count, error) < 0)
        return -1;
    if (*count > 0)
        image_chain_id(*diff_ids, *count, chain);
    if ((*count == 0) != (search->chain == NULL) || (*count > 0 && strcmp(chain, search->chain) != 0))
        return error_set(error, ERROR_INVALID, "container %s stands on %s, its image %s on %s",
                         search->container, search->chain != NULL ? search->chain : "nothing", search->id,
                         *count > 0 ? chain : "nothing");
    search->image->configuration = file.bytes;
    search->image->configuration_length = file.length;
    return 0;
}

/* {"Repositories": {"NAME": {"NAME:TAG": "sha256:IMAGE", "NAME@sha256:HEX": …}}}. Names are hints: without
 * them nothing is wrong. */
static void take_names(struct search *search)
{
    const char **names = arena_array(search->arena, IMAGE_NAMES_MAX, sizeof(*names));
    cleanup_arena struct arena scratch = {0};
    const struct json_value *document, *repositories;
    struct error ignored;
    size_t count = 0;

    if (store_read_json(search->folder, "image/overlay2/repositories.json", &scratch, &document, &ignored) <=
        0)
        return;
    repositories = json_member(document, "Repositories");
    if (repositories == NULL || repositories->type != JSON_OBJECT)
        return;
    for (size_t i = 0; i < repositories->object.count; i++) {
        const struct json_value *repository = repositories->object.members[i].value;

        for (size_t j = 0; repository->type == JSON_OBJECT && j < repository->object.count; j++) {
            const struct json_member *member = &repository->object.members[j];

            if (count < IMAGE_NAMES_MAX && member->value->type == JSON_STRING &&
                strcmp(member->value->string.bytes, search->id) == 0 && image_name_is_useful(member->key))
                names[count++] = arena_string(search->arena, member->key);
        }
    }
    search->image->names = names;
    search->image->name_count = count;
}

/* What layerdb says of the layer with this chain id. NULL, or what is otherwise. */
static const char *read_layer(struct search *search, const char *const *diff_ids, size_t index,
                              const char *directory, struct trust_layer *layer)
{
    const char *cache = NULL, *diff = NULL, *parent = NULL, *words[STORE_PATH_WORDS_MAX], *store, *tar_split;
    char chain[IMAGE_DIGEST_SIZE], below[IMAGE_DIGEST_SIZE] = "";
    struct error error = {0};

    image_chain_id(diff_ids, index + 1, chain);
    if (index > 0)
        image_chain_id(diff_ids, index, below);
    const char *record = arena_format(search->arena, LAYERS "/sha256/%s", chain + strlen("sha256:"));
    if (read_word(search, &cache, &error, "%s/cache-id", record) < 0 ||
        read_word(search, &diff, &error, "%s/diff", record) < 0 ||
        read_word(search, &parent, &error, "%s/parent", record) < 0)
        return arena_string(search->arena, error.message);
    if (cache == NULL || diff == NULL || strcmp(diff, diff_ids[index]) != 0 ||
        strcmp(parent != NULL ? parent : "", below) != 0)
        return arena_format(search->arena, "%s/%s is not of layer %zu", search->store, record, index + 1);
    if (!store_path_match(directory, "overlay2/?/diff", search->arena, &store, words) ||
        strcmp(words[0], cache) != 0)
        return arena_format(search->arena, "layer %zu is %s, mounted is %s", index + 1, cache, directory);
    tar_split = arena_format(search->arena, "%s/tar-split.json.gz", record);
    *layer = (struct trust_layer){.diff_id = diff_ids[index], .directory = directory};
    if (store_has_file(search->folder, tar_split))
        layer->tar_split = arena_format(search->arena, "%s/%s", search->store, tar_split);
    return NULL;
}

/* Lowers are docker's own layer, then those of the image. */
static void take_layers(struct search *search, const char *const *diff_ids, size_t count)
{
    const struct trust_root *root = search->root;
    struct trust_image *image = search->image;
    const char *words[STORE_PATH_WORDS_MAX], *store, *other;
    const char *own = arena_format(search->arena, "%s-init", search->mount);

    if (root->lower_count != count + 1 ||
        !store_path_match(root->lowers[0], "overlay2/?/diff", search->arena, &store, words) ||
        strcmp(words[0], own) != 0) {
        image_layers_broken(image, search->arena, "the mount has %zu layers under %s, the image %zu",
                            root->lower_count, own, count);
        return;
    }
    other = trust_engine_directory(root, 1, search->arena);
    if (other != NULL)
        image_layers_broken(image, search->arena, "docker's own layer over the image: %s", other);

    struct trust_layer *layers = arena_array(search->arena, count + 1, sizeof(*layers));
    for (size_t i = 0; i < count; i++) {
        const char *fault =
            read_layer(search, diff_ids, i, root->lowers[root->lower_count - 1 - i], &layers[i]);

        if (fault != NULL) {
            image_layers_broken(image, search->arena, "%s", fault);
            return;
        }
    }
    image->layers = layers;
    image->layer_count = count;
}

static bool look(struct search *search)
{
    const char *const *diff_ids;
    struct error error = {0};
    size_t count;
    int found = find_container(search, &error);

    if (found == 0)
        return image_is_broken(search->image, search->arena, "%s has no container over %s", search->store,
                               search->mount);
    if (found < 0 || read_container(search, &error) < 0 ||
        read_configuration(search, &diff_ids, &count, &error) < 0)
        return image_is_broken_by(search->image, search->arena, &error);
    search->image->store = "docker";
    search->image->id = search->id;
    take_names(search);
    if (!image_mount_is_unclear(search->root, search->arena, search->image))
        take_layers(search, diff_ids, count);
    return true;
}

bool image_docker_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                       struct trust_image *image)
{
    struct search search = {.root = root, .arena = arena, .image = image, .folder = -1};
    const char *words[STORE_PATH_WORDS_MAX];
    struct error error = {0};

    if (!store_path_match(root->path, "overlay2/?/merged", arena, &search.store, words) &&
        !store_path_match(root->upper, "overlay2/?/diff", arena, &search.store, words))
        return false;
    search.mount = words[0];
    if (places->docker_root != NULL)
        search.store = places->docker_root;
    search.folder = store_open(search.store, &error);
    if (search.folder < 0)
        return image_is_broken_by(image, arena, &error);
    look(&search);
    descriptor_close(&search.folder);
    return true;
}
