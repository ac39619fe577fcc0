/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a tar stream (POSIX ustar and pax, GNU, V7) as it comes, in pieces of any size, as Go's archive/tar
 * does, which unpacks images for every engine: pax records before GNU's long names before the header's own
 * fields, global pax headers without effect, contents of regular files alone. What nobody unpacks (sparse
 * files, unknown types) is refused with words.
 *
 * Memory: this structure, and one buffer for the extended header of one entry, which has a maximum.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

enum {
    TAR_BLOCK = 512,
    TAR_EXTENDED_MAX = 1024 * 1024, /* of one entry's pax records; Go's limit */
    TAR_NAME_MAX = 4095,            /* PATH_MAX without its NUL */
    TAR_XATTRS_MAX = 256,
};

enum tar_type {
    TAR_FILE = '0',
    TAR_HARD_LINK = '1',
    TAR_SYMLINK = '2',
    TAR_CHARACTER = '3',
    TAR_BLOCK_DEVICE = '4',
    TAR_DIRECTORY = '5',
    TAR_FIFO = '6',
};

struct tar_xattr {
    const char *name;
    const void *value;
    size_t length;
};

struct tar_entry {
    enum tar_type type;
    const char *name; /* relative, without ".", "..", empty components; "." the root itself */
    const char *link; /* of a symlink: as it is; of a hard link: as name; else "" */
    uint32_t mode;    /* 07777 */
    uint64_t user, group, size;
    uint64_t major, minor; /* of devices */
    const struct tar_xattr *xattrs;
    size_t xattr_count;
};

/* 0 goes on; what else is returned ends the reading with it. */
struct tar_visitor {
    int (*entry)(void *context, const struct tar_entry *entry, struct error *error);
    int (*contents)(void *context, const void *bytes, size_t length, struct error *error);
    void *context;
};

struct tar_reader {
    const struct tar_visitor *visitor;
    enum tar_state { TAR_HEADER, TAR_EXTENDED, TAR_CONTENTS, TAR_PADDING, TAR_TRAILER } state;
    uint8_t block[TAR_BLOCK];
    size_t filled;          /* of block, or of the extended header */
    uint64_t left, padding; /* of contents */
    bool empty_block;       /* one: the second ends the archive */
    char extended_type;
    char *extended;
    size_t extended_length;
    struct tar_overrides {
        char *records; /* what the rest points into */
        const char *name, *link, *long_name, *long_link;
        char *long_name_bytes, *long_link_bytes;
        bool has_size, has_user, has_group;
        uint64_t size, user, group;
        struct tar_xattr xattrs[TAR_XATTRS_MAX];
        size_t xattr_count;
    } overrides;
    char name[TAR_NAME_MAX + 1], link[TAR_NAME_MAX + 1];
};

void tar_reader_begin(struct tar_reader *reader, const struct tar_visitor *visitor);
void tar_reader_free(struct tar_reader *reader);

/* The next bytes. 0, what the visitor returned, or -1: ERROR_INVALID with words. */
int tar_reader_feed(struct tar_reader *reader, const void *bytes, size_t length, struct error *error);

/* How many bytes of a regular file's contents come next. */
uint64_t tar_reader_contents(const struct tar_reader *reader);

/* Contents that the caller dealt with: length of them, at most tar_reader_contents, nobody is told. */
void tar_reader_skip(struct tar_reader *reader, uint64_t length);

/* The stream is at its end: -1 when that is within something. */
int tar_reader_end(struct tar_reader *reader, struct error *error);
