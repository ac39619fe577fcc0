/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 as FIPS 180-4 describes it, and the same with the x86 SHA extensions where the CPU has them. */
#include "base/digest.h"

#include <stdbool.h>
#include <string.h>
#include "base/memory.h"

#ifdef __x86_64__
#include <sys/platform/x86.h>
#include <immintrin.h>
#endif

enum { BLOCK_BYTES = 64 };

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t word, unsigned int count)
{
    return word >> count | word << (32 - count);
}

static uint32_t load_big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* FIPS 180-4, 6.2.2, on count blocks. */
static void compress_portable(uint32_t state[8], const uint8_t *block, size_t count)
{
    for (; count > 0; count--, block += BLOCK_BYTES) {
        uint32_t schedule[64], v[8];

        for (size_t t = 0; t < 16; t++)
            schedule[t] = load_big_endian(block + 4 * t);
        for (size_t t = 16; t < 64; t++) {
            uint32_t early = schedule[t - 15], late = schedule[t - 2];
            uint32_t sigma0 = rotate_right(early, 7) ^ rotate_right(early, 18) ^ early >> 3;
            uint32_t sigma1 = rotate_right(late, 17) ^ rotate_right(late, 19) ^ late >> 10;

            schedule[t] = sigma1 + schedule[t - 7] + sigma0 + schedule[t - 16];
        }
        memcpy(v, state, sizeof(v));
        for (size_t t = 0; t < 64; t++) {
            uint32_t sum1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
            uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
            uint32_t first = v[7] + sum1 + choice + constants[t] + schedule[t];
            uint32_t sum0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
            uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

            memmove(v + 1, v, 7 * sizeof(v[0]));
            v[4] += first;
            v[0] = first + sum0 + majority;
        }
        for (size_t i = 0; i < 8; i++)
            state[i] += v[i];
    }
}

#ifdef __x86_64__
/* What the C library found at its start: CPUID itself traps in a virtual machine, microseconds each time. */
static bool cpu_has_sha(void)
{
    return x86_cpu_active(x86_cpu_SHA) && x86_cpu_active(x86_cpu_SSSE3) && x86_cpu_active(x86_cpu_SSE4_1);
}

/* The instructions keep the eight words as (A,B,E,F) and (C,D,G,H), and do two rounds each. */
__attribute__((target("sha,ssse3,sse4.1"))) static void compress_x86_sha(uint32_t state[8],
                                                                         const uint8_t *block, size_t count)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i low =
        _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1); /* C D A B */
    __m128i high =
        _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b); /* E F G H */
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);

    for (; count > 0; count--, block += BLOCK_BYTES) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i words[4];

        for (size_t i = 0; i < 16; i++) {
            __m128i round;

            if (i < 4) {
                const __m128i *source = (const __m128i *)(const void *)(block + 16 * i);
                words[i] = _mm_shuffle_epi8(_mm_loadu_si128(source), swap);
            } else {
                const __m128i last = words[(i + 3) % 4];
                __m128i sum = _mm_sha256msg1_epu32(words[i % 4], words[(i + 1) % 4]);

                sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, words[(i + 2) % 4], 4));
                words[i % 4] = _mm_sha256msg2_epu32(sum, last);
            }
            round = _mm_add_epi32(words[i % 4],
                                  _mm_load_si128((const __m128i *)(const void *)(constants + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, round);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(round, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);  /* A B E F, reversed */
    high = _mm_shuffle_epi32(cdgh, 0xb1); /* C D G H, in pairs */
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}
#endif

static void compress(uint32_t state[8], const uint8_t *block, size_t count)
{
#ifdef __x86_64__
    if (cpu_has_sha()) {
        compress_x86_sha(state, block, count);
        return;
    }
#endif
    compress_portable(state, block, count);
}

void digest_begin(struct digest_state *state)
{
    /* FIPS 180-4, 5.3.3 */
    *state = (struct digest_state){.words = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                             0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void digest_add(struct digest_state *state, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;

    if (length == 0)
        return;
    state->length += length;
    if (state->buffered > 0) {
        size_t part = BLOCK_BYTES - state->buffered;

        part = length < part ? length : part;
        memcpy(state->buffer + state->buffered, next, part);
        state->buffered += part;
        next += part;
        length -= part;
        if (state->buffered < BLOCK_BYTES)
            return;
        compress(state->words, state->buffer, 1);
        state->buffered = 0;
    }
    if (length >= BLOCK_BYTES)
        compress(state->words, next, length / BLOCK_BYTES);
    state->buffered = length % BLOCK_BYTES;
    memcpy(state->buffer, next + (length - state->buffered), state->buffered);
}

struct digest digest_end(struct digest_state *state)
{
    const uint64_t bits = state->length * 8;
    uint8_t padding[2 * BLOCK_BYTES] = {0x80};
    size_t zeros = (state->buffered < 56 ? 56 : 120) - state->buffered;
    struct digest digest;

    for (size_t i = 0; i < 8; i++)
        padding[zeros + i] = (uint8_t)(bits >> (56 - 8 * i));
    digest_add(state, padding, zeros + 8);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        digest.bytes[i] = (uint8_t)(state->words[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

struct digest digest_of(const void *bytes, size_t length)
{
    struct digest_state state;

    digest_begin(&state);
    digest_add(&state, bytes, length);
    return digest_end(&state);
}

void digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest->bytes[i] >> 4];
        hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    hex[DIGEST_HEX_SIZE - 1] = '\0';
}
