/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See containers_store.h. */
#include "trust/containers_store.h"

#include "base/base64.h"
#include "base/memory.h"
#include "trust/records.h"
#include "trust/store_paths.h"

enum { WORDS_MAX = 4096 };

static int open_records(const struct containers_store *store, const char *kind, const char *file,
                        struct records *records, struct error *error)
{
    int found =
        records_open(store->folder, arena_format(store->scratch, "%s-%s/%s", store->driver, kind, file),
                     store->scratch, records, error);

    return found < 0 ? error_prefix(error, "%s", store->path) : found;
}

static bool text_is(const struct json_value *object, const char *key, const char *expected)
{
    const char *text = store_text(object, key);

    return text != NULL && strcmp(text, expected) == 0;
}

static const char *copy_text(const struct json_value *object, const char *key, struct arena *arena)
{
    const char *text = store_text(object, key);

    return text != NULL && *text != '\0' ? arena_string(arena, text) : NULL;
}

static const char *const *copy_list(const struct json_value *object, const char *key, struct arena *arena,
                                    size_t *count)
{
    const struct json_value *list = json_member(object, key);
    size_t length = list != NULL && list->type == JSON_ARRAY ? list->array.count : 0;
    const char **items = arena_array(arena, length + 1, sizeof(*items));

    *count = 0;
    for (size_t i = 0; i < length && *count < WORDS_MAX; i++)
        if (list->array.items[i]->type == JSON_STRING)
            items[(*count)++] = arena_string(arena, list->array.items[i]->string.bytes);
    return items;
}

/* The document inside of a record's text `metadata`. It is a hint, which Buildah writes in a form of its own:
 * NULL when it cannot be read. */
static const struct json_value *read_metadata(const char *metadata, struct arena *arena)
{
    struct json_value *root;
    struct error ignored;

    if (metadata == NULL ||
        json_read(metadata, strlen(metadata), "metadata", NULL, arena, &root, &ignored) < 0)
        return NULL;
    return root;
}

const char *containers_store_image_name(const struct containers_record *record, struct arena *arena)
{
    return store_text(read_metadata(record->metadata, arena), "image-name");
}

const struct json_value *containers_store_signature_sizes(const struct containers_image *image,
                                                          struct arena *arena)
{
    return json_member(read_metadata(image->metadata, arena), "signatures-sizes");
}

static int take_container(const struct containers_store *store, const struct json_value *item,
                          struct arena *arena, struct containers_record *record, struct error *error)
{
    *record = (struct containers_record){
        .id = copy_text(item, "id", arena),
        .layer = copy_text(item, "layer", arena),
        .image = copy_text(item, "image", arena),
        .metadata = copy_text(item, "metadata", arena),
    };
    if (record->id == NULL || record->layer == NULL)
        return error_set(error, ERROR_INVALID, "%s: a container without an id or a layer", store->path);
    if (record->image == NULL)
        record->image = "";
    return 1;
}

int containers_store_container(const struct containers_store *store, const char *layer, const char *id,
                               struct arena *arena, struct containers_record *record, struct error *error)
{
    static const char *const files[] = {"containers.json", "volatile-containers.json"};
    const char *word = layer != NULL ? layer : id, *key = layer != NULL ? "layer" : "id";

    for (size_t f = 0; f < ARRAY_LENGTH(files); f++) {
        const struct json_value *item;
        struct records records;
        int found = open_records(store, "containers", files[f], &records, error);

        while (found > 0 && (found = records_next(&records, records_with_word, word, &item, error)) > 0)
            if (text_is(item, key, word))
                return take_container(store, item, arena, record, error);
        if (found < 0)
            return -1;
    }
    return 0;
}

static void take_image(const struct json_value *item, struct arena *arena, struct containers_image *image)
{
    *image = (struct containers_image){
        .id = copy_text(item, "id", arena),
        .digest = copy_text(item, "digest", arena),
        .layer = copy_text(item, "layer", arena),
        .metadata = copy_text(item, "metadata", arena),
    };
    image->mapped_layers = copy_list(item, "mapped-layers", arena, &image->mapped_count);
    image->names = copy_list(item, "names", arena, &image->name_count);
    image->keys = copy_list(item, "big-data-names", arena, &image->key_count);
}

static bool has_top(const struct json_value *item, const char *layer)
{
    const struct json_value *mapped = json_member(item, "mapped-layers");

    if (text_is(item, "layer", layer))
        return true;
    for (size_t i = 0; mapped != NULL && mapped->type == JSON_ARRAY && i < mapped->array.count; i++)
        if (mapped->array.items[i]->type == JSON_STRING &&
            strcmp(mapped->array.items[i]->string.bytes, layer) == 0)
            return true;
    return false;
}

static bool has_signatures(const struct json_value *item)
{
    const struct json_value *keys = json_member(item, "big-data-names");

    for (size_t i = 0; keys != NULL && keys->type == JSON_ARRAY && i < keys->array.count; i++)
        if (keys->array.items[i]->type == JSON_STRING &&
            strncmp(keys->array.items[i]->string.bytes, "signature-", 10) == 0)
            return true;
    return false;
}

int containers_store_image(const struct containers_store *store, const char *id, const char *layer,
                           struct arena *arena, struct containers_image *image, struct error *error)
{
    const struct json_value *item, *chosen = NULL;
    const char *word = id != NULL ? id : layer;
    struct records records;
    int found = open_records(store, "images", "images.json", &records, error);

    while (found > 0 && (found = records_next(&records, records_with_word, word, &item, error)) > 0) {
        if (id != NULL && text_is(item, "id", id)) {
            chosen = item;
            break;
        }
        if (id == NULL && has_top(item, layer) && (chosen == NULL || has_signatures(item)))
            chosen = item;
    }
    if (found < 0)
        return -1;
    if (chosen == NULL)
        return 0;
    take_image(chosen, arena, image);
    if (!store_name_is_plain(image->id))
        return error_set(error, ERROR_INVALID, "%s: an image without a plain id", store->path);
    return 1;
}

const char *containers_store_data_path(const struct containers_store *store, const char *image,
                                       const char *key, struct arena *arena)
{
    size_t length = strlen(key);
    bool plain = strspn(key, ".0123456789abcdefghijklmnopqrstuvwxyz") == length;

    return arena_format(arena, "%s-images/%s/%s%s", store->driver, image, plain ? "" : "=",
                        plain ? key : base64_encode(key, length, arena));
}

int containers_store_data(const struct containers_store *store, const char *image, const char *key,
                          size_t limit, struct arena *arena, struct store_file *file, struct error *error)
{
    return store_read(store->folder, containers_store_data_path(store, image, key, arena), limit, arena, file,
                      error);
}

static void take_layer(const struct json_value *item, struct containers_layer *layers, size_t count,
                       struct arena *arena)
{
    const char *id = store_text(item, "id");

    for (size_t i = 0; id != NULL && i < count; i++) {
        if (layers[i].found || layers[i].id == NULL || strcmp(layers[i].id, id) != 0)
            continue;
        layers[i].found = true;
        layers[i].parent = copy_text(item, "parent", arena);
        layers[i].diff_id = copy_text(item, "diff-digest", arena);
    }
}

static const char *id_of(const void *list, size_t index)
{
    const struct containers_layer *layers = list;

    return layers[index].id;
}

int containers_store_layers(const struct containers_store *store, struct containers_layer *layers,
                            size_t count, struct arena *arena, struct error *error)
{
    static const char *const files[] = {"layers.json", "volatile-layers.json"};
    const struct records_ids ids = {id_of, layers, count};

    for (size_t f = 0; f < ARRAY_LENGTH(files); f++) {
        const struct json_value *item;
        struct records records;
        int found = open_records(store, "layers", files[f], &records, error);

        while (found > 0 && (found = records_next(&records, records_with_id, &ids, &item, error)) > 0)
            take_layer(item, layers, count, arena);
        if (found < 0)
            return -1;
    }
    return 0;
}
