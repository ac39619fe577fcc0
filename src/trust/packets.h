/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framing of an OpenPGP message (RFC 4880, RFC 9580), looked at before gpg is: one signed message with
 * its data inside, in binary, and nothing behind it. What is not that never reaches a parser of keys. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

enum { TRUST_SIGNATURE_BYTES_MAX = 4 * 1024 * 1024 };

/* RFC 9580, section 5. */
enum trust_packet_tag {
    TRUST_PACKET_SIGNATURE = 2,
    TRUST_PACKET_ONE_PASS = 4,
    TRUST_PACKET_SECRET_KEY = 5,
    TRUST_PACKET_PUBLIC_KEY = 6,
    TRUST_PACKET_SECRET_SUBKEY = 7,
    TRUST_PACKET_COMPRESSED = 8,
    TRUST_PACKET_LITERAL = 11,
    TRUST_PACKET_TRUST = 12, /* GnuPG's own notes, in its keyrings */
    TRUST_PACKET_USER_ID = 13,
    TRUST_PACKET_PUBLIC_SUBKEY = 14,
    TRUST_PACKET_USER_ATTRIBUTE = 17,
};

struct trust_packet {
    uint8_t tag;
    const uint8_t *start; /* its first byte */
    const uint8_t *body;  /* of a packet in parts: the length of its first part comes before */
    size_t length;        /* of the body; in parts: of all that follows, lengths between them included */
    bool in_parts;        /* partial body lengths */
    bool to_the_end;      /* its length is not told */
};

/* The packet at *cursor, which moves behind it. end: of the bytes; there is at least one. ERROR_INVALID. */
int trust_packet_next(const uint8_t **cursor, const uint8_t *end, struct trust_packet *packet,
                      struct error *error);

/*
 * Refused (ERROR_INVALID says which): empty; the first byte without its high bit (armor, clear text, JSON);
 * a detached signature; data without a signature; reserved packets; more than one signature or message;
 * anything that does not end with the blob. A compressed packet must be the whole of it: what is inside is
 * held to the same by whoever unpacks it (thwart-gpg), with trust_packets_check_plain, before gpg sees it.
 */
int trust_packets_check(const void *bytes, size_t length, struct error *error);

/* The same, and it is not compressed. */
int trust_packets_check_plain(const void *bytes, size_t length, struct error *error);

enum trust_compression {
    TRUST_COMPRESSION_NONE, /* the blob itself is the message */
    TRUST_COMPRESSION_ZIP,  /* RFC 1951 */
    TRUST_COMPRESSION_ZLIB, /* RFC 1950 */
    TRUST_COMPRESSION_BZIP2,
};

/* How a checked blob is compressed, and the compressed bytes, from the blob or joined in the arena.
 * ERROR_INVALID: in none of these ways. */
int trust_packets_compression(const void *bytes, size_t length, struct arena *arena,
                              enum trust_compression *compression, const void **compressed,
                              size_t *compressed_length, struct error *error);
