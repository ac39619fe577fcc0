/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See inflate.h. */
#include "trust/inflate.h"

#include <errno.h>
#include <unistd.h>
#include "base/memory.h"
#include "config.h"

#if THWART_ZLIB
#include <zlib.h>
#endif

enum { FILE_BUFFER = 128 * 1024 };

struct inflated {
    int file;
    const char *name;
    off_t at;
    bool compressed, between_members;
    size_t next, filled; /* of buffer */
#if THWART_ZLIB
    z_stream stream;
#endif
    uint8_t buffer[FILE_BUFFER];
};

/* The buffer gets more of the file once it is used up. 1, 0 at the end, -1. */
static int refill(struct inflated *source, struct error *error)
{
    ssize_t length;

    if (source->next < source->filled)
        return 1;
    do
        length = pread(source->file, source->buffer, sizeof(source->buffer), source->at);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return error_system(error, errno, "read %s", source->name);
    source->at += length;
    source->next = 0;
    source->filled = (size_t)length;
    return length > 0;
}

static int recognise(struct inflated *source, struct error *error)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    static const uint8_t skippable[] = {0x2a, 0x4d, 0x18}; /* zstd's frames of other data: 0x5?, and these */

    if (refill(source, error) < 0)
        return -1;
    if (source->filled >= 4 &&
        (memcmp(source->buffer, zstd, sizeof(zstd)) == 0 ||
         ((source->buffer[0] & 0xf0) == 0x50 && memcmp(source->buffer + 1, skippable, 3) == 0)))
        return error_set(error, ERROR_UNSUPPORTED, "%s is compressed by zstd, which this build cannot read",
                         source->name);
    source->compressed = source->filled >= 2 && memcmp(source->buffer, gzip, sizeof(gzip)) == 0;
#if THWART_ZLIB
    if (source->compressed && inflateInit2(&source->stream, 16 + MAX_WBITS) != Z_OK)
        return error_set(error, ERROR_LIMIT, "no memory to decompress %s", source->name);
    return 0;
#else
    if (source->compressed)
        return error_set(error, ERROR_UNSUPPORTED, "%s is compressed by gzip, which this build cannot read",
                         source->name);
    return 0;
#endif
}

struct inflated *inflated_open(int file, const char *name, struct error *error)
{
    struct inflated *source = calloc(1, sizeof(*source));

    if (source == NULL) {
        error_set(error, ERROR_LIMIT, "no memory to read %s", name);
        return NULL;
    }
    source->file = file;
    source->name = name;
    if (recognise(source, error) < 0) {
        free(source);
        return NULL;
    }
    return source;
}

void inflated_close(struct inflated **source)
{
    if (*source == NULL)
        return;
#if THWART_ZLIB
    if ((*source)->compressed)
        inflateEnd(&(*source)->stream);
#endif
    free(*source);
    *source = NULL;
}

static ssize_t read_plain(struct inflated *source, void *bytes, size_t size, struct error *error)
{
    int more = refill(source, error);

    if (more <= 0)
        return more;
    if (source->filled - source->next < size)
        size = source->filled - source->next;
    memcpy(bytes, source->buffer + source->next, size);
    source->next += size;
    return (ssize_t)size;
}

#if THWART_ZLIB
/* Does another member follow? 1, 0 the file is at its end, -1. */
static int next_member(struct inflated *source, struct error *error)
{
    int more = refill(source, error);

    if (more > 0) {
        source->between_members = false;
        if (inflateReset(&source->stream) != Z_OK)
            return error_set(error, ERROR_INVALID, "%s cannot be decompressed", source->name);
    }
    return more;
}

static ssize_t read_compressed(struct inflated *source, void *bytes, size_t size, struct error *error)
{
    z_stream *stream = &source->stream;

    stream->next_out = bytes;
    stream->avail_out = (uInt)(size < FILE_BUFFER * 8 ? size : FILE_BUFFER * 8);
    const uInt wanted = stream->avail_out;
    while (stream->avail_out == wanted) {
        int more = source->between_members ? next_member(source, error) : refill(source, error);

        if (more < 0 || (more == 0 && source->between_members))
            return more;
        if (more == 0)
            return error_set(error, ERROR_INVALID, "%s is cut off", source->name);
        stream->next_in = source->buffer + source->next;
        stream->avail_in = (uInt)(source->filled - source->next);
        more = inflate(stream, Z_NO_FLUSH);
        source->next = source->filled - stream->avail_in;
        if (more == Z_STREAM_END)
            source->between_members = true;
        else if (more != Z_OK && more != Z_BUF_ERROR)
            return error_set(error, ERROR_INVALID, "%s is no well-formed gzip: %s", source->name,
                             stream->msg != NULL ? stream->msg : "broken");
    }
    return (ssize_t)(wanted - stream->avail_out);
}
#endif

ssize_t inflated_read(struct inflated *source, void *bytes, size_t size, struct error *error)
{
#if THWART_ZLIB
    if (source->compressed)
        return read_compressed(source, bytes, size, error);
#endif
    return read_plain(source, bytes, size, error);
}
