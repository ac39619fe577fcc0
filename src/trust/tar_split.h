/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what containers-storage and docker keep of a layer's tar (github.com/vbatts/tar-split): one JSON
 * object after the other,
 *   {"type":2,"payload":BASE64,"position":N}                              bytes of the tar as they are
 *   {"type":1,"name":…,"size":N,"payload":BASE64 of a CRC64,"position":N} here are N bytes of a file
 * Names are not looked at: which file it is, the tar's own header says, which a digest covers; a name here
 * is the store's word. The same goes for the checksum, which only serves to tell which file was changed.
 *
 * Pieces of any size are taken; no piece is kept, so that memory is fixed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

enum { TAR_SPLIT_CHECKSUM = 8 };

/* 0 goes on; what else is returned ends the reading with it. */
struct tar_split_visitor {
    int (*segment)(void *context, const void *bytes, size_t length, struct error *error);
    /* checksum: CRC64 by the ISO polynomial, big-endian; NULL: none is written. */
    int (*file)(void *context, uint64_t size, const uint8_t *checksum, struct error *error);
    void *context;
};

struct tar_split_reader {
    const struct tar_split_visitor *visitor;
    enum tar_split_state {
        TAR_SPLIT_OBJECT, /* before "{" */
        TAR_SPLIT_FIRST,  /* behind it: a key, or "}" */
        TAR_SPLIT_KEY_BEGIN,
        TAR_SPLIT_KEY,
        TAR_SPLIT_COLON,
        TAR_SPLIT_VALUE,
        TAR_SPLIT_NUMBER,
        TAR_SPLIT_STRING, /* that nobody needs */
        TAR_SPLIT_PAYLOAD,
        TAR_SPLIT_WORD, /* null */
        TAR_SPLIT_NEXT, /* "," or "}" */
    } state;
    char key[16];
    size_t key_length, digits, word_length;
    bool escaped;
    uint64_t number;
    unsigned int seen; /* keys of this object */
    uint64_t type, size;
    uint8_t checksum[TAR_SPLIT_CHECKSUM];
    size_t checksum_length;
    uint32_t group; /* of base64: bits so far */
    unsigned int group_length, padding;
    size_t output_length;
    uint8_t output[48 * 1024];
};

void tar_split_begin(struct tar_split_reader *reader, const struct tar_split_visitor *visitor);

/* The next bytes. 0, what the visitor returned, or -1: ERROR_INVALID with words. */
int tar_split_feed(struct tar_split_reader *reader, const void *bytes, size_t length, struct error *error);

/* The file is at its end: -1 when that is within an object. */
int tar_split_end(const struct tar_split_reader *reader, struct error *error);

/* CRC64 by the ISO polynomial, as tar-split computes it: begin with 0, go on with what was returned. */
uint64_t tar_split_checksum(uint64_t before, const void *bytes, size_t length);
