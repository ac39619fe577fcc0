/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lengths and order of packets: the only part of OpenPGP that is read here. */
#include "trust/packets.h"

#include <string.h>

/* One length in the new form. Parts are powers of two. */
static int read_length(const uint8_t **cursor, const uint8_t *end, size_t *length, bool *part,
                       struct error *error)
{
    const uint8_t *at = *cursor;
    size_t left = (size_t)(end - at), used;

    *part = false;
    if (left == 0)
        return error_set(error, ERROR_INVALID, "it is cut off inside of a packet's length");
    used = at[0] < 192 ? 1 : at[0] < 224 ? 2 : at[0] < 255 ? 1 : 5;
    if (left < used)
        return error_set(error, ERROR_INVALID, "it is cut off inside of a packet's length");
    if (at[0] < 192) {
        *length = at[0];
    } else if (at[0] < 224) {
        *length = (((size_t)at[0] - 192) << 8) + at[1] + 192;
    } else if (at[0] < 255) {
        *length = (size_t)1 << (at[0] & 0x1f);
        *part = true;
    } else {
        *length = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
    }
    *cursor = at + used;
    if (*length > (size_t)(end - *cursor))
        return error_set(error, ERROR_INVALID, "it is cut off: a packet of %zu bytes has %zu", *length,
                         (size_t)(end - *cursor));
    return 0;
}

/* The new form, from its length on. */
static int read_new(const uint8_t **cursor, const uint8_t *end, struct trust_packet *packet,
                    struct error *error)
{
    size_t length;
    bool part;

    if (read_length(cursor, end, &length, &part, error) != 0)
        return -1;
    packet->body = *cursor;
    packet->in_parts = part;
    *cursor += length;
    while (part) {
        if (read_length(cursor, end, &length, &part, error) != 0)
            return -1;
        *cursor += length;
    }
    packet->length = (size_t)(*cursor - packet->body);
    return 0;
}

static int read_old(uint8_t first, const uint8_t **cursor, const uint8_t *end, struct trust_packet *packet,
                    struct error *error)
{
    size_t digits = (size_t)1 << (first & 3), length = 0;

    if ((first & 3) == 3) {
        packet->to_the_end = true;
        packet->body = *cursor;
        packet->length = (size_t)(end - *cursor);
        *cursor = end;
        return 0;
    }
    if ((size_t)(end - *cursor) < digits)
        return error_set(error, ERROR_INVALID, "it is cut off inside of a packet's length");
    for (size_t i = 0; i < digits; i++)
        length = length << 8 | *(*cursor)++;
    if (length > (size_t)(end - *cursor))
        return error_set(error, ERROR_INVALID, "it is cut off: a packet of %zu bytes has %zu", length,
                         (size_t)(end - *cursor));
    packet->body = *cursor;
    packet->length = length;
    *cursor += length;
    return 0;
}

int trust_packet_next(const uint8_t **cursor, const uint8_t *end, struct trust_packet *packet,
                      struct error *error)
{
    uint8_t first = **cursor;

    *packet = (struct trust_packet){.start = *cursor};
    if ((first & 0x80) == 0)
        return error_set(error, ERROR_INVALID, "byte 0x%02x begins no OpenPGP packet", first);
    (*cursor)++;
    packet->tag = first & 0x40 ? first & 0x3f : (first >> 2) & 0x0f;
    if (packet->tag == 0)
        return error_set(error, ERROR_INVALID, "it has a reserved packet");
    return first & 0x40 ? read_new(cursor, end, packet, error) : read_old(first, cursor, end, packet, error);
}

/* What may stand where. A signature before its data is the old form; gpg still knows it. */
enum place { AT_START, BEHIND_ONE_PASS, BEHIND_SIGNATURE, BEHIND_DATA, AT_END };

static int step(const struct trust_packet *packet, enum place *place, struct error *error)
{
    switch (packet->tag) {
    case TRUST_PACKET_ONE_PASS:
        if (*place != AT_START)
            return error_set(error, ERROR_INVALID, "it has more than one signature or message");
        *place = BEHIND_ONE_PASS;
        return 0;
    case TRUST_PACKET_SIGNATURE:
        if (*place != AT_START && *place != BEHIND_DATA)
            return error_set(error, ERROR_INVALID,
                             *place == BEHIND_ONE_PASS ? "it has a signature and no data"
                                                       : "it has more than one signature");
        *place = *place == AT_START ? BEHIND_SIGNATURE : AT_END;
        return 0;
    case TRUST_PACKET_LITERAL:
        if (*place == AT_START)
            return error_set(error, ERROR_INVALID, "it has data and no signature");
        if (*place == BEHIND_DATA || *place == AT_END)
            return error_set(error, ERROR_INVALID, "it has more than one message");
        *place = *place == BEHIND_ONE_PASS ? BEHIND_DATA : AT_END;
        return 0;
    default:
        return error_set(error, ERROR_INVALID, "it has a packet (%u) that no signed message has there",
                         packet->tag);
    }
}

static int check_order(const uint8_t *cursor, const uint8_t *end, struct error *error)
{
    static const char *const missing[] = {[AT_START] = "it is empty",
                                          [BEHIND_ONE_PASS] = "it has neither data nor signature",
                                          [BEHIND_SIGNATURE] =
                                              "it is a signature without its data (detached)",
                                          [BEHIND_DATA] = "the signature behind the data is missing"};
    enum place place = AT_START;

    while (cursor < end) {
        struct trust_packet packet;

        if (trust_packet_next(&cursor, end, &packet, error) != 0 || step(&packet, &place, error) != 0)
            return -1;
        if (packet.to_the_end || (packet.in_parts && packet.tag != TRUST_PACKET_LITERAL))
            return error_set(error, ERROR_INVALID, "it has a packet whose length is not told");
    }
    return place == AT_END ? 0 : error_set(error, ERROR_INVALID, "%s", missing[place]);
}

static int check(const void *bytes, size_t length, bool may_be_compressed, struct error *error)
{
    const uint8_t *cursor = bytes, *end = cursor + length;
    struct trust_packet packet;

    if (length == 0)
        return error_set(error, ERROR_INVALID, "it is empty");
    if (length > TRUST_SIGNATURE_BYTES_MAX)
        return error_set(error, ERROR_INVALID, "it has more than %d bytes", TRUST_SIGNATURE_BYTES_MAX);
    if ((*cursor & 0x80) == 0)
        return error_set(
            error, ERROR_INVALID,
            "it is no binary OpenPGP message (it begins with byte 0x%02x): armored and clear-text "
            "signatures are not accepted",
            *cursor);
    if (trust_packet_next(&cursor, end, &packet, error) != 0)
        return -1;
    if (packet.tag != TRUST_PACKET_COMPRESSED)
        return check_order(bytes, end, error);
    if (!may_be_compressed)
        return error_set(error, ERROR_INVALID, "what is compressed is compressed once more");
    return cursor == end ? 0 : error_set(error, ERROR_INVALID, "it goes on behind the message");
}

int trust_packets_check(const void *bytes, size_t length, struct error *error)
{
    return check(bytes, length, true, error);
}

int trust_packets_check_plain(const void *bytes, size_t length, struct error *error)
{
    return check(bytes, length, false, error);
}

/* The parts of a body, one behind the other. */
static const uint8_t *join(const struct trust_packet *packet, const uint8_t *end, struct arena *arena,
                           size_t *length)
{
    const uint8_t *cursor = packet->start + 1;
    uint8_t *joined = arena_allocate(arena, packet->length);
    bool part = true;

    *length = 0;
    while (part) {
        size_t bytes;
        struct error error;

        if (read_length(&cursor, end, &bytes, &part, &error) != 0)
            break; /* was read so before */
        memcpy(joined + *length, cursor, bytes);
        *length += bytes;
        cursor += bytes;
    }
    return joined;
}

int trust_packets_compression(const void *bytes, size_t length, struct arena *arena,
                              enum trust_compression *compression, const void **compressed,
                              size_t *compressed_length, struct error *error)
{
    const uint8_t *cursor = bytes, *end = cursor + length, *body;
    struct trust_packet packet;

    if (trust_packet_next(&cursor, end, &packet, error) != 0)
        return -1;
    *compression = TRUST_COMPRESSION_NONE;
    *compressed = bytes;
    *compressed_length = length;
    if (packet.tag != TRUST_PACKET_COMPRESSED)
        return 0;
    body = packet.in_parts ? join(&packet, end, arena, &packet.length) : packet.body;
    if (packet.length == 0 || body[0] < TRUST_COMPRESSION_ZIP || body[0] > TRUST_COMPRESSION_BZIP2)
        return error_set(error, ERROR_INVALID, "it is compressed in a way that is not known");
    *compression = (enum trust_compression)body[0];
    *compressed = body + 1;
    *compressed_length = packet.length - 1;
    return 0;
}
