/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tar_writer.h. */
#include "tar_writer.h"

#include <stdio.h>
#include "base/arena.h"
#include "base/base64.h"
#include "base/memory.h"
#include "trust/tar_split.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

struct tar_writer tar_writer_begin(void)
{
    return (struct tar_writer){.tar = text_growing(TEXT_MAX), .record = text_growing(TEXT_MAX)};
}

void tar_writer_free(struct tar_writer *writer)
{
    text_free(&writer->tar);
    text_free(&writer->record);
}

void tar_writer_reset(struct tar_writer *writer)
{
    text_reset(&writer->tar);
    text_reset(&writer->record);
    writer->segment = 0;
    writer->position = 0;
}

static void put_octal(char *field, size_t size, uint64_t value)
{
    for (size_t i = size - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
    field[size - 1] = '\0';
}

static void put_text(char *field, size_t size, const char *text)
{
    size_t length = strlen(text);

    memcpy(field, text, length < size ? length : size);
}

void tar_writer_header(struct tar_writer *writer, char type, const char *name, const char *link,
                       unsigned int mode, uint64_t size, unsigned int major, unsigned int minor)
{
    char block[TAR_BLOCK] = {0};
    unsigned int sum = 0;

    put_text(block, 100, name);
    put_octal(block + 100, 8, mode);
    put_octal(block + 108, 8, writer->user);
    put_octal(block + 116, 8, writer->group);
    put_octal(block + 124, 12, size);
    put_octal(block + 136, 12, 0);
    memset(block + 148, ' ', 8);
    block[156] = type;
    put_text(block + 157, 100, link);
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    put_octal(block + 329, 8, major);
    put_octal(block + 337, 8, minor);
    for (size_t i = 0; i < sizeof(block); i++)
        sum += (unsigned char)block[i];
    put_octal(block + 148, 7, sum);
    text_append_bytes(&writer->tar, block, sizeof(block));
}

void tar_writer_bytes(struct tar_writer *writer, const void *bytes, size_t length)
{
    static const char zeros[TAR_BLOCK];

    text_append_bytes(&writer->tar, bytes, length);
    text_append_bytes(&writer->tar, zeros, (TAR_BLOCK - length % TAR_BLOCK) % TAR_BLOCK);
}

/* What the tar has more than the record goes into a segment. */
static void put_segment(struct tar_writer *writer)
{
    cleanup_arena struct arena arena = {0};
    size_t length = writer->tar.length - writer->segment;

    if (length == 0)
        return;
    text_append_format(&writer->record, "{\"type\":2,\"payload\":\"%s\",\"position\":%u}\n",
                       base64_encode(writer->tar.bytes + writer->segment, length, &arena),
                       writer->position++);
    writer->segment = writer->tar.length;
}

static void put_file(struct tar_writer *writer, const char *name, const char *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    uint64_t checksum = tar_split_checksum(0, bytes, length);
    uint8_t big_endian[TAR_SPLIT_CHECKSUM];

    for (size_t i = 0; i < sizeof(big_endian); i++)
        big_endian[i] = (uint8_t)(checksum >> (56 - 8 * i));
    text_append_format(&writer->record, "{\"type\":1,\"name\":\"%s\"", name);
    if (length > 0)
        text_append_format(&writer->record, ",\"size\":%zu,\"payload\":\"%s\"", length,
                           base64_encode(big_endian, sizeof(big_endian), &arena));
    else
        text_append(&writer->record, ",\"payload\":null");
    text_append_format(&writer->record, ",\"position\":%u}\n", writer->position++);
}

/* "LENGTH KEY=VALUE\n", whose length counts itself. */
static void put_pax(struct tar_writer *writer, const char *record, size_t length)
{
    char line[8192];
    size_t total = length + 3;
    int head;

    while ((size_t)snprintf(line, sizeof(line), "%zu ", total) + length + 1 != total)
        total++;
    head = snprintf(line, sizeof(line), "%zu ", total);
    memcpy(line + head, record, length);
    line[total - 1] = '\n';
    tar_writer_header(writer, 'x', "PaxHeaders", "", 0644, total, 0, 0);
    tar_writer_bytes(writer, line, total);
}

void tar_writer_add(struct tar_writer *writer, const struct tar_fields *fields)
{
    const char type = fields->type != 0 ? fields->type : TAR_FILE;
    const char *contents = fields->contents != NULL ? fields->contents : "";
    const size_t length = fields->length > 0 ? fields->length : strlen(contents);
    const uint64_t size = fields->has_size ? fields->size : length;
    char long_name[4096 + 8];

    if (fields->pax != NULL)
        put_pax(writer, fields->pax, fields->pax_length > 0 ? fields->pax_length : strlen(fields->pax));
    if (strlen(fields->name) > 100) {
        snprintf(long_name, sizeof(long_name), "path=%s", fields->name);
        put_pax(writer, long_name, strlen(long_name));
    }
    tar_writer_header(writer, type, fields->name, fields->link != NULL ? fields->link : "", fields->mode,
                      size, fields->major, fields->minor);
    put_segment(writer);
    put_file(writer, fields->name, contents, length);
    text_append_bytes(&writer->tar, contents, length);
    writer->segment = writer->tar.length;
    while (writer->tar.length % TAR_BLOCK != 0)
        text_append_character(&writer->tar, '\0');
}

void tar_writer_end(struct tar_writer *writer)
{
    static const char zeros[2 * TAR_BLOCK];

    text_append_bytes(&writer->tar, zeros, sizeof(zeros));
    put_segment(writer);
}
