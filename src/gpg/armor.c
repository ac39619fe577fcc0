/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From armor to bytes, line by line. */
#include "gpg/armor.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/base64.h"
#include "base/line.h"

#define DASHES        "-----"
#define BEGIN         DASHES "BEGIN PGP PUBLIC KEY BLOCK" DASHES
#define END           DASHES "END PGP PUBLIC KEY BLOCK" DASHES
#define BEGIN_PRIVATE DASHES "BEGIN PGP PRIVATE KEY BLOCK" DASHES

enum { CHECKSUM_BYTES = 3, CHECKSUM_START = 0xb704ce, CHECKSUM_POLYNOMIAL = 0x864cfb };

static bool is(const struct line *line, const char *text)
{
    return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

static bool has_dashes(const struct line *line)
{
    return line->length >= strlen(DASHES) && memcmp(line->text, DASHES, strlen(DASHES)) == 0;
}

static uint32_t checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = CHECKSUM_START;

    for (size_t i = 0; i < length; i++) {
        sum ^= (uint32_t)bytes[i] << 16;
        for (int bit = 0; bit < 8; bit++)
            sum = (sum << 1) ^ (sum & 0x800000 ? CHECKSUM_POLYNOMIAL : 0);
    }
    return sum & 0xffffff;
}

/* "=ABCD" */
static int compare_checksum(const struct line *line, const uint8_t *bytes, size_t length, unsigned int number,
                            struct arena *arena, struct error *error)
{
    size_t count;
    const uint8_t *told = base64_decode(line->text + 1, line->length - 1, arena, &count);

    if (told == NULL || count != CHECKSUM_BYTES)
        return error_set(error, ERROR_INVALID, "line %u: the checksum is none", number);
    if (((uint32_t)told[0] << 16 | (uint32_t)told[1] << 8 | told[2]) != checksum(bytes, length))
        return error_set(error, ERROR_INVALID, "line %u: the checksum does not fit", number);
    return 0;
}

/* Headers, an empty line, base64, perhaps a checksum, the end. */
static int read_block(struct line_reader *lines, struct arena *arena, char *base64, const uint8_t **bytes,
                      size_t *count, struct error *error)
{
    struct line line, sum = {0};
    unsigned int sum_number = 0;
    size_t used = 0;

    do {
        if (!line_read(lines, &line) || has_dashes(&line))
            return error_set(error, ERROR_INVALID, "line %u: no empty line behind the headers",
                             lines->number);
        if (line.length > 0 && memchr(line.text, ':', line.length) == NULL)
            return error_set(error, ERROR_INVALID, "line %u: expected a header or an empty line",
                             lines->number);
    } while (line.length > 0);
    for (;;) {
        if (!line_read(lines, &line))
            return error_set(error, ERROR_INVALID, "the block is not closed");
        if (is(&line, END))
            break;
        if (line.length == 0)
            continue;
        if (sum.length > 0 || has_dashes(&line))
            return error_set(error, ERROR_INVALID, "line %u: expected the end of the block", lines->number);
        if (line.text[0] == '=') {
            sum = line;
            sum_number = lines->number;
            continue;
        }
        memcpy(base64 + used, line.text, line.length);
        used += line.length;
    }
    *bytes = base64_decode(base64, used, arena, count);
    if (*bytes == NULL || *count == 0)
        return error_set(error, ERROR_INVALID, "the block that ends in line %u is no base64", lines->number);
    return sum.length > 0 ? compare_checksum(&sum, *bytes, *count, sum_number, arena, error) : 0;
}

int armor_read(const char *text, size_t length, struct arena *arena, const void **bytes, size_t *byte_count,
               struct error *error)
{
    struct line_reader lines = {.next = text, .end = text + length};
    char *base64 = arena_allocate(arena, length); /* of one block, then of the next */
    uint8_t *all = arena_allocate(arena, length);
    size_t used = 0;
    struct line line;

    while (line_read(&lines, &line)) {
        const uint8_t *block = NULL;
        size_t count = 0;

        if (!has_dashes(&line))
            continue;
        if (is(&line, BEGIN_PRIVATE))
            return error_set(
                error, ERROR_INVALID,
                "line %u: it holds a private key, which belongs to its owner alone: export the public "
                "one (gpg --export)",
                lines.number);
        if (!is(&line, BEGIN))
            return error_set(error, ERROR_INVALID, "line %u: expected a block of public keys", lines.number);
        if (read_block(&lines, arena, base64, &block, &count, error) != 0)
            return -1;
        memcpy(all + used, block, count);
        used += count;
    }
    if (used == 0)
        return error_set(error, ERROR_INVALID, "it holds no OpenPGP key, neither binary nor armored");
    *bytes = all;
    *byte_count = used;
    return 0;
}
