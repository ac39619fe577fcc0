/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See layer_check.h.
 *
 * A record (tar-split) gives the tar's headers, the directory's files give the contents: which file, the
 * header says that was just read, never the record. So a stream with the signed digest is made of exactly
 * those files under exactly those headers. With a blob the stream is there already, and files are compared
 * with its contents.
 */
#include "trust/layer_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "trust/documents.h"
#include "trust/inflate.h"
#include "trust/stream_digest.h"
#include "trust/tar_split.h"

struct reading {
    struct layer_check *check;
    struct stream_digest *stream; /* NULL: the digest is of no more interest */
    struct tar_reader *tar;
    bool from_blob, name_changes; /* a second reading, for the checksums that tell which file it is */
    uint64_t length;
    struct error *error;
};

static int take_entry(void *context, const struct tar_entry *entry, struct error *error)
{
    struct reading *reading = context;

    return layer_tree_entry(&reading->check->tree, entry, error);
}

static int take_contents(void *context, const void *bytes, size_t length, struct error *error)
{
    struct reading *reading = context;

    if (!reading->from_blob)
        return error_set(error, ERROR_INVALID,
                         "its record of the tar has contents that belong into the directory");
    layer_tree_contents(&reading->check->tree, bytes, length);
    return 0;
}

static int count(struct reading *reading, uint64_t length, struct error *error)
{
    if (length > LAYER_STREAM_MAX - reading->length)
        return error_set(error, ERROR_LIMIT, "it is longer than %llu bytes",
                         (unsigned long long)LAYER_STREAM_MAX);
    reading->length += length;
    return 0;
}

static int take_segment(void *context, const void *bytes, size_t length, struct error *error)
{
    struct reading *reading = context;

    if (count(reading, length, error) < 0)
        return -1;
    if (reading->stream != NULL)
        stream_digest_add(reading->stream, bytes, length);
    return tar_reader_feed(reading->tar, bytes, length, error);
}

/* What the directory's file has. 0; 1: it got shorter. */
static int digest_file(struct reading *reading, int file, uint64_t size)
{
    while (size > 0) {
        size_t room;
        void *to = stream_digest_room(reading->stream, &room);
        ssize_t got;

        room = size < room ? (size_t)size : room;
        do
            got = read(file, to, room);
        while (got < 0 && errno == EINTR);
        if (got <= 0)
            return 1;
        stream_digest_commit(reading->stream, (size_t)got);
        size -= (uint64_t)got;
    }
    return 0;
}

/* The second reading: is the file what its checksum says? The checksum is the store's word, and only a
 * name for what the digest has already found wrong. */
static void name_change(struct reading *reading, int file, uint64_t size, const uint8_t *checksum)
{
    struct layer_tree *tree = &reading->check->tree;
    uint64_t is = 0, written = 0;

    while (size > 0) {
        ssize_t got =
            read(file, tree->buffer, size < (size_t)LAYER_TREE_BUFFER ? size : (size_t)LAYER_TREE_BUFFER);

        if (got <= 0)
            break;
        is = tar_split_checksum(is, tree->buffer, (size_t)got);
        size -= (uint64_t)got;
    }
    for (size_t i = 0; i < TAR_SPLIT_CHECKSUM; i++)
        written = written << 8 | checksum[i];
    if (is != written)
        layer_tree_differs(tree, TRUST_CHANGED, tree->path, "contents");
}

static int take_file(void *context, uint64_t size, const uint8_t *checksum, struct error *error)
{
    struct reading *reading = context;
    struct layer_tree *tree = &reading->check->tree;
    const int file = layer_tree_file(tree);

    if (size == 0)
        return 0;
    if (tar_reader_contents(reading->tar) != size)
        return error_set(error, ERROR_INVALID, "its record of the tar does not fit itself");
    if (count(reading, size, error) < 0)
        return -1;
    if (file < 0) {
        /* Told already: without it there is no digest. */
        stream_digest_free(&reading->stream);
    } else if (reading->name_changes && checksum != NULL) {
        name_change(reading, file, size, checksum);
    } else if (reading->stream != NULL && digest_file(reading, file, size) != 0) {
        layer_tree_differs(tree, TRUST_CHANGED, tree->path, "contents");
        stream_digest_free(&reading->stream);
    }
    tar_reader_skip(reading->tar, size);
    return 0;
}

/* Stores keep the way to it as they like; itself it must be a regular file. */
static int open_regular(const char *path, struct error *error)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (file < 0)
        return error_system(error, errno, "open %s", path);
    if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is no regular file", path);
    return take_fd(&file);
}

static int read_record(struct reading *reading, struct inflated *source)
{
    const struct tar_split_visitor visitor = {.segment = take_segment, .file = take_file, .context = reading};
    cleanup_free struct tar_split_reader *split = malloc(sizeof(*split));
    uint64_t all = 0;
    char bytes[16 * 1024];
    ssize_t length;

    if (split == NULL)
        return error_set(reading->error, ERROR_LIMIT, "no memory for buffers");
    tar_split_begin(split, &visitor);
    while ((length = inflated_read(source, bytes, sizeof(bytes), reading->error)) > 0) {
        all += (uint64_t)length;
        if (all > LAYER_STREAM_MAX)
            return error_set(reading->error, ERROR_LIMIT, "its record of the tar is too long");
        if (tar_split_feed(split, bytes, (size_t)length, reading->error) != 0)
            return -1;
    }
    return length < 0 ? -1 : tar_split_end(split, reading->error);
}

static int read_blob(struct reading *reading, struct inflated *source)
{
    for (;;) {
        size_t room;
        void *bytes = stream_digest_room(reading->stream, &room);
        ssize_t length = inflated_read(source, bytes, room, reading->error);

        if (length <= 0)
            return (int)length;
        if (count(reading, (uint64_t)length, reading->error) < 0 ||
            tar_reader_feed(reading->tar, bytes, (size_t)length, reading->error) != 0)
            return -1;
        stream_digest_commit(reading->stream, (size_t)length);
    }
}

static int read_stream(struct reading *reading)
{
    const struct trust_layer *layer = reading->check->layer;
    const char *path = reading->from_blob ? layer->blob : layer->tar_split;
    const struct tar_visitor visitor = {.entry = take_entry, .contents = take_contents, .context = reading};
    cleanup_fd int file = open_regular(path, reading->error);
    cleanup_inflated struct inflated *source = file >= 0 ? inflated_open(file, path, reading->error) : NULL;
    int status;

    if (source == NULL)
        return -1;
    tar_reader_begin(reading->tar, &visitor);
    status = reading->from_blob ? read_blob(reading, source) : read_record(reading, source);
    if (status == 0)
        status = tar_reader_end(reading->tar, reading->error);
    tar_reader_free(reading->tar);
    return status;
}

/* Which files are they, when the digest is not the signed one? */
static void name_changed_files(struct reading *reading)
{
    struct layer_tree *tree = &reading->check->tree;
    struct error ignored = {0};
    const int folder = tree->folder;

    if (reading->from_blob || tree->difference_count > 0)
        return;
    stream_digest_free(&reading->stream);
    layer_tree_free(tree);
    reading->name_changes = true;
    reading->length = 0;
    reading->error = &ignored;
    if (layer_tree_begin(tree, folder, &ignored) == 0)
        (void)read_stream(reading); /* it could be read a moment ago */
}

static void check_digest(struct reading *reading)
{
    struct layer_check *check = reading->check;
    char name[IMAGE_DIGEST_SIZE] = "sha256:";
    struct digest digest;

    if (reading->stream == NULL) {
        check->reason =
            arena_format(check->tree.arena, "layer %zu cannot be put together", check->tree.number);
        return;
    }
    digest = stream_digest_end(reading->stream);
    digest_hex(&digest, name + strlen("sha256:"));
    if (strcmp(name, check->layer->diff_id) == 0)
        return;
    check->reason = arena_format(check->tree.arena, "layer %zu is %s, signed is %s", check->tree.number, name,
                                 check->layer->diff_id);
    name_changed_files(reading);
}

void layer_check(struct layer_check *check, int folder)
{
    struct error error = {0};
    struct arena *arena = check->tree.arena;
    cleanup_stream_digest struct stream_digest *stream = NULL;
    cleanup_free struct tar_reader *tar = malloc(sizeof(*tar));
    cleanup_free uint8_t *buffer = malloc(LAYER_TREE_BUFFER);
    struct reading reading = {.check = check, .tar = tar, .error = &error};
    int status;

    if (check->layer->tar_split == NULL && check->layer->blob == NULL) {
        check->reason = arena_format(arena, "the store keeps neither record nor blob of layer %zu's tar",
                                     check->tree.number);
        return;
    }
    reading.from_blob = check->layer->tar_split == NULL;
    check->tree.buffer = buffer;
    status = layer_tree_begin(&check->tree, folder, &error);
    if (status == 0 && (tar == NULL || buffer == NULL))
        status = error_set(&error, ERROR_LIMIT, "no memory for buffers");
    if (status == 0 && (reading.stream = stream_digest_begin(check->threaded, &error)) == NULL)
        status = -1;
    if (status == 0)
        status = read_stream(&reading);
    if (status == 0)
        check_digest(&reading);
    /* Without a signed tar there is nothing to say what else may be there. */
    if (status == 0 && (check->reason == NULL || check->tree.difference_count > 0))
        status = layer_tree_walk(&check->tree, &error);
    stream = reading.stream;
    layer_tree_free(&check->tree);
    if (status != 0)
        check->reason = arena_format(arena, "layer %zu: %s", check->tree.number, error.message);
}
