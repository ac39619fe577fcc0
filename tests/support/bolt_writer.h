/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes bolt files for tests: small ones, and such as are made of many pages. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A pair, or a bucket with its own (items not NULL). Keys are sorted by the writer. */
struct bolt_item {
    const char *key;
    const void *value;
    size_t length;
    struct bolt_item *items;
    size_t count;
};

#define BOLT_TEXT(name, text)                                                                                \
    {                                                                                                        \
        .key = (name), .value = (text), .length = strlen(text)                                               \
    }
#define BOLT_BUCKET(name, inside)                                                                            \
    {                                                                                                        \
        .key = (name), .items = (inside), .count = sizeof(inside) / sizeof((inside)[0])                      \
    }

struct bolt_shape {
    uint32_t page_size;
    size_t leaf_entries, branch_entries; /* at most, a page */
    size_t inline_bytes;                 /* buckets without buckets, up to this, lie inside of their value */
    uint64_t transaction;
};

/* All of the file; *length. Ends the program when it cannot. Free it. */
uint8_t *bolt_write(struct bolt_item *items, size_t count, const struct bolt_shape *shape, size_t *length);

/* Make the checksum of the meta on page `number` (0, 1) right again, after a change. */
void bolt_sign_meta(uint8_t *file, uint32_t page_size, unsigned int number);
