/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), for digests of documents and caches. Uses the CPU's SHA instructions where it has
 * them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_SIZE = 65 };

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

struct digest_state {
    uint32_t words[8];
    uint64_t length;
    uint8_t buffer[64];
    size_t buffered;
};

void digest_begin(struct digest_state *state);
void digest_add(struct digest_state *state, const void *bytes, size_t length);
struct digest digest_end(struct digest_state *state);
struct digest digest_of(const void *bytes, size_t length);
/* 64 lower-case hex digits and a NUL. */
void digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE]);
