/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See layout.h: index -> manifest -> configuration, each held against its digest. Layers are not read. */
#include "check/layout.h"

#include <string.h>
#include "check/layout_files.h"
#include "check/layout_spec.h"
#include "json/json.h"

enum { IMAGES_MAX = 1000, INDEXES_MAX = 4, SPEC_BYTES_MAX = 16 * 1024 * 1024 };

struct judging {
    const struct check_request *request;
    const struct check_loaded *loaded;
    const char *name;
    struct arena *arena;
    struct layout_files files;
    struct check_result *results;
    size_t count;
};

static void give(struct judging *judging, struct check_result result)
{
    if (judging->count < IMAGES_MAX)
        judging->results[judging->count++] = result;
}

static void give_error(struct judging *judging, const char *name, const struct error *error)
{
    give(judging, check_problem_result(judging->request, judging->loaded, name, CHECK_LAYOUT, CHECK_INVALID,
                                       error->message, judging->arena));
}

/* ---- documents ---- */

static const char *string_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = object != NULL ? json_member(object, key) : NULL;

    return value != NULL && value->type == JSON_STRING ? value->string.bytes : NULL;
}

static const char *processor(void)
{
#if defined(__x86_64__)
    return "amd64";
#elif defined(__aarch64__)
    return "arm64";
#elif defined(__riscv)
    return "riscv64";
#elif defined(__powerpc64__)
    return "ppc64le";
#elif defined(__s390x__)
    return "s390x";
#elif defined(__arm__)
    return "arm";
#else
    return "386";
#endif
}

/* Attestations are of the platform unknown/unknown. */
static bool is_for_linux(const struct json_value *descriptor, bool of_this_processor)
{
    const struct json_value *platform = json_member(descriptor, "platform");
    const char *os = string_of(platform, "os"), *architecture = string_of(platform, "architecture");

    if (platform == NULL)
        return true;
    return os != NULL && strcmp(os, "linux") == 0 &&
           (!of_this_processor || (architecture != NULL && strcmp(architecture, processor()) == 0));
}

/* What is reported under: the layout, and the image's name or digest where it has several. */
static const char *name_of(const struct judging *judging, const struct json_value *descriptor, bool several)
{
    const char *reference =
        string_of(json_member(descriptor, "annotations"), "org.opencontainers.image.ref.name");

    if (reference == NULL && several)
        reference = string_of(descriptor, "digest");
    return reference != NULL ? arena_format(judging->arena, "%s (%s)", judging->name, reference)
                             : judging->name;
}

static int read_blob(struct judging *judging, const struct json_value *descriptor, const char **file,
                     char **bytes, size_t *length, struct json_value **root, struct error *error)
{
    const char *digest = string_of(descriptor, "digest"), *blob;

    if (digest == NULL)
        return error_set(error, ERROR_INVALID, "%s: a descriptor has no digest", judging->name);
    if (layout_files_blob(&judging->files, digest, judging->arena, &blob, bytes, length, error) != 0)
        return -1;
    *file = arena_format(judging->arena, "%s/%s", judging->name, blob);
    return json_read(*bytes, *length, *file, NULL, judging->arena, root, error);
}

/* ---- an image ---- */

struct origin {
    const struct layout_image *image;
    const char *file; /* NULL: an archive, in which no line is */
};

static struct check_place place_of(void *context, const char *pointer)
{
    const struct origin *origin = context;
    const struct json_value *value = layout_spec_origin(origin->image, pointer);

    if (origin->file == NULL)
        return (struct check_place){0};
    return (struct check_place){.file = origin->file, .line = value->line, .column = value->column};
}

/* Names of users are in the layers. */
static void add_user_note(struct judging *judging, const struct layout_image *image,
                          struct check_result *result)
{
    struct check_problem *problem = arena_allocate(judging->arena, sizeof(*problem));

    if (image->user_name == NULL || result->problem_count > 0)
        return;
    *problem = (struct check_problem){
        .severity = CHECK_WARNING,
        .advice = "user-by-name",
        .message = arena_format(judging->arena,
                                "the image runs as \"%s\", which only its files can tell to be root or not: "
                                "judged as a user that is not; give the number (USER 1000)",
                                image->user_name),
    };
    result->problems = problem;
    result->problem_count = 1;
    result->outcome = CHECK_CONFORMS;
    result->waived_count = result->known_count = 0;
    check_finish(judging->request, judging->loaded, (struct check_finding *)(uintptr_t)result->findings,
                 problem, judging->arena, result);
}

static int judge_configuration(struct judging *judging, const struct json_value *descriptor, const char *name,
                               struct error *error)
{
    struct layout_image image = {0};
    struct origin origin = {.image = &image};
    cleanup_text struct text text = text_growing(SPEC_BYTES_MAX);
    struct check_document document = {.name = name, .kind = CHECK_LAYOUT, .bundle = "/"};
    struct check_result result;
    const char *file;
    struct json_value *root;
    char *bytes;
    size_t length;

    if (read_blob(judging, descriptor, &file, &bytes, &length, &root, error) != 0)
        return -1;
    image.root = root;
    if (layout_spec_write(&image, file, judging->arena, &text, error) != 0)
        return -1;
    origin.file = judging->files.is_archive ? NULL : file;
    document.file = judging->files.is_archive ? judging->name : file;
    document.bytes = arena_copy(judging->arena, text.bytes, text.length);
    document.length = text.length;
    document.place = place_of;
    document.context = &origin;
    document.shown = bytes;
    document.shown_length = length;
    result = check_judge_configuration(judging->request, judging->loaded, &document, judging->arena);
    add_user_note(judging, &image, &result);
    give(judging, result);
    return 0;
}

static int judge_manifest(struct judging *judging, const struct json_value *manifest, const char *name,
                          struct error *error)
{
    const struct json_value *config = json_member(manifest, "config");

    if (config == NULL || config->type != JSON_OBJECT)
        return error_set(error, ERROR_INVALID, "%s: the manifest names no configuration", name);
    return judge_configuration(judging, config, name, error);
}

static void judge_descriptor(struct judging *judging, const struct json_value *descriptor, const char *name,
                             unsigned int depth);

/* Of several platforms of one image. */
static int judge_platforms(struct judging *judging, const struct json_value *manifests, const char *name,
                           unsigned int depth, struct error *error)
{
    if (depth > INDEXES_MAX)
        return error_set(error, ERROR_LIMIT, "%s: indexes in indexes, more than %d deep", name,
                         (int)INDEXES_MAX);
    if (manifests->type != JSON_ARRAY)
        return error_set(error, ERROR_INVALID, "%s: manifests is no array", name);
    for (size_t i = 0; i < manifests->array.count; i++)
        if (is_for_linux(manifests->array.items[i], true)) {
            judge_descriptor(judging, manifests->array.items[i], name, depth + 1);
            return 0;
        }
    return error_set(error, ERROR_INVALID, "%s: no image of this index is for linux/%s", name, processor());
}

static void judge_descriptor(struct judging *judging, const struct json_value *descriptor, const char *name,
                             unsigned int depth)
{
    const struct json_value *manifests;
    struct json_value *root;
    struct error error;
    const char *file;
    char *bytes;
    size_t length;
    int result = read_blob(judging, descriptor, &file, &bytes, &length, &root, &error);

    if (result == 0) {
        manifests = json_member(root, "manifests");
        result = manifests != NULL ? judge_platforms(judging, manifests, name, depth, &error)
                                   : judge_manifest(judging, root, name, &error);
    }
    if (result != 0)
        give_error(judging, name, &error);
}

static int judge_index(struct judging *judging, struct error *error)
{
    const struct json_value *manifests;
    struct json_value *root;
    const char *file = arena_format(judging->arena, "%s/index.json", judging->name);
    char *bytes;
    size_t length, capacity;

    if (layout_files_open(judging->name, judging->arena, &judging->files, error) != 0 ||
        layout_files_read(&judging->files, "oci-layout", judging->arena, &bytes, &length, error) != 0 ||
        layout_files_read(&judging->files, "index.json", judging->arena, &bytes, &length, error) != 0 ||
        json_read(bytes, length, file, NULL, judging->arena, &root, error) != 0)
        return -1;
    manifests = json_member(root, "manifests");
    if (manifests == NULL || manifests->type != JSON_ARRAY || manifests->array.count == 0)
        return error_set(error, ERROR_INVALID, "%s: the index names no image", judging->name);
    if (manifests->array.count > IMAGES_MAX)
        return error_set(error, ERROR_LIMIT, "%s has more than %d images", judging->name, (int)IMAGES_MAX);
    capacity = manifests->array.count;
    judging->results = arena_array(judging->arena, capacity, sizeof(*judging->results));
    for (size_t i = 0; i < capacity; i++)
        if (is_for_linux(manifests->array.items[i], false))
            judge_descriptor(judging, manifests->array.items[i],
                             name_of(judging, manifests->array.items[i], capacity > 1), 0);
    return judging->count > 0
               ? 0
               : error_set(error, ERROR_INVALID, "%s: no image of the index is for linux", judging->name);
}

void check_judge_layout(const struct check_request *request, const struct check_loaded *loaded,
                        const char *name, struct arena *arena, struct check_result **results, size_t *count)
{
    struct judging judging = {
        .request = request, .loaded = loaded, .name = name, .arena = arena, .files = {.descriptor = -1}};
    struct error error;

    if (judge_index(&judging, &error) != 0) {
        judging.results = arena_allocate(arena, sizeof(*judging.results));
        judging.count = 0;
        give_error(&judging, name, &error);
    }
    layout_files_close(&judging.files);
    *results = judging.results;
    *count = judging.count;
}
