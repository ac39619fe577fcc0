/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking by zlib and libbz2, into memory of known size. */
#include "gpg/unpack.h"

#include <bzlib.h>
#include <string.h>
#include <zlib.h>
#include "base/gpg_messages.h"
#include "trust/packets.h"

enum {
    SIGNATURE_ROOM = 64 * 1024,
    UNPACKED_MAX = GPG_PAYLOAD_BYTES_MAX + SIGNATURE_ROOM,
    RAW_WINDOW = -15, /* RFC 1951, without a frame of its own */
    ZLIB_WINDOW = 15,
};

struct target {
    char *bytes;
    size_t length;
};

static int tell_limit(struct error *error)
{
    return error_set(error, ERROR_LIMIT, "unpacked, it has more than %d bytes", UNPACKED_MAX);
}

static int tell_broken(struct error *error)
{
    return error_set(error, ERROR_INVALID, "it cannot be unpacked: damaged, or cut off");
}

/* left: input that the stream did not want. */
static int tell_end(size_t left, struct error *error)
{
    return left == 0 ? 0 : error_set(error, ERROR_INVALID, "it goes on behind the message (%zu bytes)", left);
}

static int inflate_bytes(const void *bytes, size_t length, int window, struct target *target,
                         struct error *error)
{
    z_stream stream = {.next_in = (z_const Bytef *)bytes,
                       .avail_in = (uInt)length,
                       .next_out = (Bytef *)target->bytes,
                       .avail_out = UNPACKED_MAX};
    int result;

    if (inflateInit2(&stream, window) != Z_OK)
        return error_set(error, ERROR_SYSTEM, "zlib cannot begin");
    result = inflate(&stream, Z_FINISH);
    target->length = UNPACKED_MAX - stream.avail_out;
    length = stream.avail_in;
    (void)inflateEnd(&stream);
    if (result == Z_STREAM_END)
        return tell_end(length, error);
    return target->length == UNPACKED_MAX ? tell_limit(error) : tell_broken(error);
}

static int inflate_blocks(const void *bytes, size_t length, struct target *target, struct error *error)
{
    bz_stream stream = {.next_in = (char *)(uintptr_t)bytes,
                        .avail_in = (unsigned int)length,
                        .next_out = target->bytes,
                        .avail_out = UNPACKED_MAX};
    int result;

    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
        return error_set(error, ERROR_SYSTEM, "bzip2 cannot begin");
    do
        result = BZ2_bzDecompress(&stream);
    while (result == BZ_OK && stream.avail_in > 0 && stream.avail_out > 0);
    target->length = UNPACKED_MAX - stream.avail_out;
    length = stream.avail_in;
    (void)BZ2_bzDecompressEnd(&stream);
    if (result == BZ_STREAM_END)
        return tell_end(length, error);
    return target->length == UNPACKED_MAX ? tell_limit(error) : tell_broken(error);
}

static int unpack(enum trust_compression compression, const void *bytes, size_t length, struct target *target,
                  struct error *error)
{
    switch (compression) {
    case TRUST_COMPRESSION_ZIP:
        return inflate_bytes(bytes, length, RAW_WINDOW, target, error);
    case TRUST_COMPRESSION_ZLIB:
        return inflate_bytes(bytes, length, ZLIB_WINDOW, target, error);
    case TRUST_COMPRESSION_BZIP2:
        return inflate_blocks(bytes, length, target, error);
    case TRUST_COMPRESSION_NONE:
        break;
    }
    return error_set(error, ERROR_INVALID, "it is compressed in a way that is not known");
}

int unpack_message(const void *bytes, size_t length, struct arena *arena, const void **message,
                   size_t *message_length, struct error *error)
{
    enum trust_compression compression;
    struct target target;
    const void *compressed;
    size_t compressed_length;

    if (trust_packets_check(bytes, length, error) != 0 ||
        trust_packets_compression(bytes, length, arena, &compression, &compressed, &compressed_length,
                                  error) != 0)
        return -1;
    *message = bytes;
    *message_length = length;
    if (compression == TRUST_COMPRESSION_NONE)
        return 0;
    target.bytes = arena_allocate(arena, UNPACKED_MAX);
    if (unpack(compression, compressed, compressed_length, &target, error) != 0)
        return -1;
    *message = target.bytes;
    *message_length = target.length;
    return trust_packets_check_plain(target.bytes, target.length, error);
}
