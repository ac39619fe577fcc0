/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes tars, and records of them as tar-split does, for tests: also such as nobody should write. */
#pragma once

#include "base/text.h"
#include "trust/tar_reader.h"

struct tar_writer {
    struct text tar, record;
    size_t segment; /* where the tar's bytes begin that the record does not have yet */
    unsigned int position;
    uint64_t user, group; /* of entries that say none */
};

struct tar_fields {
    char type; /* 0: a file */
    const char *name, *link, *contents;
    size_t length; /* 0: of the text */
    unsigned int mode, major, minor;
    const char *pax; /* "key=value" of a record before it */
    size_t pax_length;
    bool has_size;
    uint64_t size; /* instead of the contents' */
};

struct tar_writer tar_writer_begin(void);
void tar_writer_free(struct tar_writer *writer);
void tar_writer_reset(struct tar_writer *writer); /* nothing is written */

/* One header with contents and padding; long names by pax. */
void tar_writer_add(struct tar_writer *writer, const struct tar_fields *fields);

/* A header alone, as it is told. */
void tar_writer_header(struct tar_writer *writer, char type, const char *name, const char *link,
                       unsigned int mode, uint64_t size, unsigned int major, unsigned int minor);

/* Bytes with padding. */
void tar_writer_bytes(struct tar_writer *writer, const void *bytes, size_t length);

/* Two empty blocks, and the record's last segment. */
void tar_writer_end(struct tar_writer *writer);
