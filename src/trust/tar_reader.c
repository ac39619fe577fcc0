/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tar_reader.h. POSIX.1-2017 pax, "pax Interchange Format"; GNU tar's manual, "Basic Tar Format". */
#include "trust/tar_reader.h"

#include "base/memory.h"
#include "trust/tar_fields.h"

void tar_reader_begin(struct tar_reader *reader, const struct tar_visitor *visitor)
{
    memset(reader, 0, sizeof(*reader));
    reader->visitor = visitor;
}

static void forget_overrides(struct tar_overrides *overrides)
{
    free(overrides->records);
    free(overrides->long_name_bytes);
    free(overrides->long_link_bytes);
    memset(overrides, 0, offsetof(struct tar_overrides, xattrs));
    overrides->xattr_count = 0;
}

void tar_reader_free(struct tar_reader *reader)
{
    forget_overrides(&reader->overrides);
    free(reader->extended);
    reader->extended = NULL;
}

static uint64_t padding_of(uint64_t length)
{
    return (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK;
}

static int begin_extended(struct tar_reader *reader, char type, uint64_t size, struct error *error)
{
    if (size > TAR_EXTENDED_MAX)
        return error_set(error, ERROR_INVALID, "an extended tar header of %llu bytes",
                         (unsigned long long)size);
    reader->extended = malloc((size_t)size + 1);
    if (reader->extended == NULL)
        return error_set(error, ERROR_LIMIT, "no memory for a tar header");
    reader->extended_length = (size_t)size;
    reader->extended_type = type;
    reader->filled = 0;
    reader->padding = padding_of(size);
    reader->state = TAR_EXTENDED;
    return 0;
}

/* An extended header is complete: what it says of the next entry. */
static int take_extended(struct tar_reader *reader, struct error *error)
{
    struct tar_overrides *overrides = &reader->overrides;
    char *bytes = take_ptr(reader->extended);

    bytes[reader->extended_length] = '\0';
    reader->state = TAR_PADDING;
    switch (reader->extended_type) {
    case 'x':
        free(overrides->records);
        overrides->records = bytes;
        return tar_records_read(bytes, reader->extended_length, overrides, error);
    case 'L':
        free(overrides->long_name_bytes);
        overrides->long_name = overrides->long_name_bytes = bytes;
        return 0;
    case 'K':
        free(overrides->long_link_bytes);
        overrides->long_link = overrides->long_link_bytes = bytes;
        return 0;
    default:
        free(bytes); /* global: engines leave it without effect */
        return 0;
    }
}

/* Only regular files have contents, whatever the size of the others says (Go's isHeaderOnlyType). */
static int begin_entry(struct tar_reader *reader, struct error *error)
{
    struct tar_entry entry;
    int status =
        tar_header_read(reader->block, &reader->overrides, reader->name, reader->link, &entry, error);

    if (status < 0)
        return -1;
    reader->left = entry.type == TAR_FILE ? entry.size : 0;
    reader->padding = padding_of(reader->left);
    reader->state = reader->left > 0 ? TAR_CONTENTS : TAR_HEADER;
    reader->filled = 0;
    status = reader->visitor->entry(reader->visitor->context, &entry, error);
    forget_overrides(&reader->overrides);
    return status;
}

static int take_block(struct tar_reader *reader, struct error *error)
{
    static const uint8_t empty[TAR_BLOCK];
    uint64_t size;
    char type;

    reader->filled = 0;
    if (memcmp(reader->block, empty, TAR_BLOCK) == 0) {
        reader->state = reader->empty_block ? TAR_TRAILER : TAR_HEADER;
        reader->empty_block = true;
        return 0;
    }
    if (reader->empty_block)
        return error_set(error, ERROR_INVALID, "a single empty block between tar headers");
    if (tar_header_check(reader->block, &type, &size, error) < 0)
        return -1;
    if (type == 'x' || type == 'g' || type == 'L' || type == 'K')
        return begin_extended(reader, type, size, error);
    return begin_entry(reader, error);
}

uint64_t tar_reader_contents(const struct tar_reader *reader)
{
    return reader->state == TAR_CONTENTS ? reader->left : 0;
}

void tar_reader_skip(struct tar_reader *reader, uint64_t length)
{
    reader->left -= length;
    if (reader->left == 0)
        reader->state = reader->padding > 0 ? TAR_PADDING : TAR_HEADER;
}

/* As much of the bytes as the state takes: their number, which is never 0, or -1 with *status. */
static size_t take_some(struct tar_reader *reader, const uint8_t *bytes, size_t length, int *status,
                        struct error *error)
{
    size_t part;

    switch (reader->state) {
    case TAR_HEADER:
        part = TAR_BLOCK - reader->filled < length ? TAR_BLOCK - reader->filled : length;
        memcpy(reader->block + reader->filled, bytes, part);
        reader->filled += part;
        if (reader->filled == TAR_BLOCK)
            *status = take_block(reader, error);
        return part;
    case TAR_EXTENDED:
        part = reader->extended_length - reader->filled;
        part = part < length ? part : length;
        memcpy(reader->extended + reader->filled, bytes, part);
        reader->filled += part;
        return part;
    case TAR_CONTENTS:
        part = reader->left < length ? (size_t)reader->left : length;
        *status = reader->visitor->contents(reader->visitor->context, bytes, part, error);
        tar_reader_skip(reader, part);
        return part;
    case TAR_PADDING:
        part = reader->padding < length ? (size_t)reader->padding : length;
        reader->padding -= part;
        return part;
    case TAR_TRAILER:
    default:
        return length;
    }
}

int tar_reader_feed(struct tar_reader *reader, const void *bytes, size_t length, struct error *error)
{
    const uint8_t *next = bytes;
    int status = 0;

    while (length > 0 && status == 0) {
        size_t part = take_some(reader, next, length, &status, error);

        next += part;
        length -= part;
        if (status == 0 && reader->state == TAR_EXTENDED && reader->filled == reader->extended_length)
            status = take_extended(reader, error);
        if (reader->state == TAR_PADDING && reader->padding == 0) {
            reader->state = TAR_HEADER;
            reader->filled = 0;
        }
    }
    return status;
}

int tar_reader_end(struct tar_reader *reader, struct error *error)
{
    const struct tar_overrides *overrides = &reader->overrides;
    bool pending = overrides->records != NULL || overrides->long_name != NULL || overrides->long_link != NULL;

    if (reader->state == TAR_TRAILER || (reader->state == TAR_HEADER && reader->filled == 0 && !pending))
        return 0;
    return error_set(error, ERROR_INVALID, "the tar ends in the middle");
}
