/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptors.json. */
#include "container/checkpoint_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "container/prepare.h"
#include "json/json.h"
#include "json/table.h"

#define STREAMS_FILE "descriptors.json"

/* Older versions of the peers list a descriptor or two more; a key may be escaped. */
enum { STREAMS_BYTES_MAX = 256 * 1024, STREAMS_LISTED_MAX = 1024 };

int checkpoint_absolute_paths(struct checkpoint_options *options, struct arena *arena, struct error *error)
{
    const char *images = options->image_path != NULL ? options->image_path : "checkpoint";

    if (prepare_absolute(images, arena, &options->image_path, error) != 0)
        return error_prefix(error, "--image-path");
    if (options->work_path != NULL &&
        prepare_absolute(options->work_path, arena, &options->work_path, error) != 0)
        return error_prefix(error, "--work-path");
    return 0;
}

void checkpoint_encode_streams(const struct checkpoint_streams *streams, struct text *text)
{
    text_append_character(text, '[');
    for (int i = 0; i < CHECKPOINT_STREAMS; i++) {
        if (i > 0)
            text_append_character(text, ',');
        json_append_string(text, streams->keys[i]);
    }
    text_append_character(text, ']');
}

/* In place of what is there: the directory may hold an older dump's. */
int checkpoint_write_streams(const char *image_path, const struct checkpoint_streams *streams,
                             struct error *error)
{
    cleanup_text struct text text = text_growing(STREAMS_BYTES_MAX);
    cleanup_fd int directory = open(image_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int file = -1;

    checkpoint_encode_streams(streams, &text);
    if (text_complete(&text, STREAMS_FILE, error) != 0)
        return -1;
    if (directory < 0 || (unlinkat(directory, STREAMS_FILE, 0) != 0 && errno != ENOENT) ||
        (file = openat(directory, STREAMS_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) <
            0 ||
        descriptor_write_all(file, text.bytes, text.length) != 0)
        return error_system(error, errno, "writing %s/" STREAMS_FILE, image_path);
    return 0;
}

int checkpoint_decode_streams(const char *bytes, size_t length, const char *name,
                              struct checkpoint_streams *streams, struct error *error)
{
    const struct json_limits limits = {.bytes = STREAMS_BYTES_MAX, .values = STREAMS_LISTED_MAX};
    cleanup_arena struct arena arena = {0};
    struct json_value *root;

    memset(streams, 0, sizeof(*streams));
    if (json_read(bytes, length, name, &limits, &arena, &root, error) != 0)
        return -1;
    if (root->type == JSON_NULL) /* no streams at all, as Go writes it */
        return 0;
    if (root->type != JSON_ARRAY)
        return error_set(error, ERROR_INVALID, "%s: is no array", name);
    for (size_t i = 0; i < root->array.count && i < CHECKPOINT_STREAMS; i++) {
        const struct json_value *item = root->array.items[i];

        if (item->type != JSON_STRING)
            return error_set(error, ERROR_INVALID, "%s:%u:%u: is no string", name, item->line, item->column);
        if (text_print(streams->keys[i], sizeof(streams->keys[i]), "%s", item->string.bytes) != 0)
            return error_set(error, ERROR_LIMIT, "%s:%u:%u: is too long", name, item->line, item->column);
    }
    return 0;
}

int checkpoint_read_streams(const char *image_path, struct checkpoint_streams *streams, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int directory = open(image_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *name = arena_format(&arena, "%s/" STREAMS_FILE, image_path);
    char *bytes;
    size_t length;

    if (directory < 0)
        return error_system(error, errno, "opening the directory of images %s", image_path);
    if (prepare_read_document(directory, STREAMS_FILE, name, STREAMS_BYTES_MAX, &arena, &bytes, &length,
                              error) != 0)
        return error_prefix(error, "these are no images of a container that can be restored");
    return checkpoint_decode_streams(bytes, length, name, streams, error);
}
