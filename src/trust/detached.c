/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Armor to packets, packets and data to a message. */
#include "trust/detached.h"

#include <stdbool.h>
#include <string.h>
#include "base/base64.h"
#include "base/line.h"
#include "trust/packets.h"

#define BEGIN "-----BEGIN PGP SIGNATURE-----"
#define END   "-----END PGP SIGNATURE-----"

enum {
    SIGNATURE_VERSION = 4, /* later ones also cover the literal packet's own header */
    TYPE_BINARY = 0x00,
    TYPE_TEXT = 0x01,
    LITERAL_FIRST = 0xc0 | TRUST_PACKET_LITERAL,
    LENGTH_OF_FIVE = 0xff,
    LITERAL_FRAME = 1 + 5,
    LITERAL_HEAD = 1 + 1 + 4, /* 'b', no name, no date */
};

/* ---- armor ---- */

static bool is(const struct line *line, const char *text)
{
    return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

/* "Version: …", up to an empty line. */
static int skip_headers(struct line_reader *lines, struct error *error)
{
    struct line line;

    do {
        if (!line_read(lines, &line))
            return error_set(error, ERROR_INVALID, "the armored block is cut off");
        if (line.length > 0 && memchr(line.text, ':', line.length) == NULL)
            return error_set(error, ERROR_INVALID, "line %u: expected a header or an empty line",
                             lines->number);
    } while (line.length > 0);
    return 0;
}

/* The base64 of the block. Its checksum (RFC 9580, section 6.1) is passed over: the signature itself says
 * what is damaged. */
static int read_block(struct line_reader *lines, char *base64, size_t *used, struct error *error)
{
    bool summed = false;
    struct line line;

    *used = 0;
    for (;;) {
        if (!line_read(lines, &line))
            return error_set(error, ERROR_INVALID, "the armored block is not closed");
        if (is(&line, END))
            return 0;
        if (line.length == 0 || summed)
            return error_set(error, ERROR_INVALID, "line %u: expected the end of the block", lines->number);
        if (line.text[0] == '=') {
            summed = true;
            continue;
        }
        memcpy(base64 + *used, line.text, line.length);
        *used += line.length;
    }
}

static int read_armor(const char *text, size_t length, struct arena *arena, const uint8_t **bytes,
                      size_t *count, struct error *error)
{
    struct line_reader lines = {.next = text, .end = text + length};
    char *base64 = arena_allocate(arena, length + 1);
    struct line line;
    size_t used;

    if (length > 0 && ((unsigned char)text[0] & 0x80) != 0)
        return error_set(error, ERROR_INVALID, "it is not armored: sign by gpg --armor --detach-sign");
    do
        if (!line_read(&lines, &line))
            return error_set(error, ERROR_INVALID, "it holds no signature");
    while (line.length == 0);
    if (!is(&line, BEGIN))
        return error_set(error, ERROR_INVALID,
                         "line %u: expected \"" BEGIN "\": sign by gpg --armor --detach-sign", lines.number);
    if (skip_headers(&lines, error) != 0 || read_block(&lines, base64, &used, error) != 0)
        return -1;
    while (line_read(&lines, &line))
        if (line.length > 0)
            return error_set(error, ERROR_INVALID, "line %u: it goes on behind the signature", lines.number);
    *bytes = base64_decode(base64, used, arena, count);
    if (*bytes == NULL || *count == 0)
        return error_set(error, ERROR_INVALID, "it is no base64");
    return 0;
}

/* ---- packets ---- */

static int check_packet(const struct trust_packet *packet, struct error *error)
{
    if (packet->tag != TRUST_PACKET_SIGNATURE || packet->in_parts || packet->to_the_end)
        return error_set(error, ERROR_INVALID, "it has a packet (%u) that no detached signature has",
                         packet->tag);
    if (packet->length < 2 || packet->body[0] != SIGNATURE_VERSION)
        return error_set(error, ERROR_INVALID, "its signature is of version %u, and must be of version %d",
                         packet->length > 0 ? packet->body[0] : 0U, SIGNATURE_VERSION);
    if (packet->body[1] == TYPE_TEXT)
        return error_set(error, ERROR_INVALID,
                         "it is one over text, whose line ends do not count (--textmode): sign the bytes");
    if (packet->body[1] != TYPE_BINARY)
        return error_set(error, ERROR_INVALID, "its signature (type 0x%02x) is about something else",
                         packet->body[1]);
    return 0;
}

int trust_detached_read(const char *text, size_t length, struct arena *arena, struct trust_detached *detached,
                        struct error *error)
{
    const uint8_t *cursor = NULL, *end;
    size_t count = 0;

    *detached = (struct trust_detached){0};
    if (length > TRUST_DETACHED_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "it has more than %d bytes", TRUST_DETACHED_BYTES_MAX);
    if (read_armor(text, length, arena, &cursor, &count, error) != 0)
        return -1;
    for (end = cursor + count; cursor < end; detached->count++) {
        struct trust_packet packet;

        if (detached->count == TRUST_DETACHED_MAX)
            return error_set(error, ERROR_LIMIT, "it has more than %d signatures", TRUST_DETACHED_MAX);
        if (trust_packet_next(&cursor, end, &packet, error) != 0 || check_packet(&packet, error) != 0)
            return -1;
        detached->signatures[detached->count].bytes = packet.start;
        detached->signatures[detached->count].length = (size_t)(cursor - packet.start);
    }
    return 0;
}

int trust_detached_message(const struct trust_detached *detached, size_t index, const void *data,
                           size_t data_length, struct arena *arena, const void **message,
                           size_t *message_length, struct error *error)
{
    const size_t first = detached->signatures[index].length, body = LITERAL_HEAD + data_length;
    uint8_t *bytes, *at;

    if (data_length > TRUST_SIGNATURE_BYTES_MAX - LITERAL_FRAME - LITERAL_HEAD - first)
        return error_set(error, ERROR_LIMIT, "what is signed has %zu bytes, which is too much", data_length);
    *message_length = first + LITERAL_FRAME + body;
    bytes = arena_allocate(arena, *message_length);
    memcpy(bytes, detached->signatures[index].bytes, first);
    at = bytes + first;
    *at++ = LITERAL_FIRST;
    *at++ = LENGTH_OF_FIVE;
    for (unsigned int shift = 32; shift > 0; shift -= 8)
        *at++ = (uint8_t)(body >> (shift - 8) & 0xff);
    memcpy(at, "b\0\0\0\0\0", LITERAL_HEAD);
    if (data_length > 0)
        memcpy(at + LITERAL_HEAD, data, data_length);
    *message = bytes;
    return trust_packets_check_plain(bytes, *message_length, error);
}
