/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a bolt file (go.etcd.io/bbolt, format version 2), in which containerd keeps what it knows: a tree of
 * buckets over pages of equal size. Nothing of the file is trusted: each page number, offset and length is
 * checked before it is used, and the sum of what is read and visited has limits, so that a file made to loop
 * ends with a reason.
 *
 * The owner of the file holds its lock for as long as it lives, so that it is read without. That is sound as
 * long as no transaction was committed since bolt_open chose one: a writer puts its pages where those of the
 * last committed transaction are not. bolt_is_settled tells, after the reading.
 *
 * Numbers are in the byte order of the machine that wrote the file, which is this one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

enum {
    BOLT_READ_BYTES_MAX = 64 * 1024 * 1024, /* in all */
    BOLT_PAGE_BYTES_MAX = 16 * 1024 * 1024, /* one with its overflow */
    BOLT_VISITS_MAX = 1000000,              /* of pages and entries, in all */
    BOLT_DEPTH_MAX = 32,                    /* of pages below each other in one bucket */
    BOLT_CACHE_SIZE = 1024,
};

struct bolt_page;

/* Where a bucket's tree begins: at a page, or inside of the value that holds it. */
struct bolt_bucket {
    uint64_t page; /* 0: inside */
    const uint8_t *bytes;
    size_t length;
};

struct bolt {
    int file; /* the caller's */
    uint32_t page_size;
    uint64_t transaction;
    uint64_t page_count; /* of that transaction */
    struct bolt_bucket root;
    struct arena pages;
    size_t read_bytes, visits;
    struct bolt_page *cache[BOLT_CACHE_SIZE];
};

/* Everything that is handed out lives until bolt_close. */
int bolt_open(struct bolt *bolt, int file, struct error *error);
void bolt_close(struct bolt *bolt);
#define cleanup_bolt __attribute__((cleanup(bolt_close)))

/* Is the transaction that was read still the last one? */
bool bolt_is_settled(const struct bolt *bolt);

/* One pair of a bucket. Keys and values are bytes without a NUL. */
struct bolt_entry {
    const uint8_t *key, *value;
    size_t key_length, value_length;
    bool is_bucket;
};

/* 1: there is one of that key and kind; 0: there is none; -1: the file is broken, or a limit was reached. */
int bolt_find_bucket(struct bolt *bolt, const struct bolt_bucket *parent, const char *key,
                     struct bolt_bucket *bucket, struct error *error);
int bolt_find_value(struct bolt *bolt, const struct bolt_bucket *bucket, const char *key,
                    const uint8_t **value, size_t *length, struct error *error);

/* The bucket that an entry is. 0, or -1 when it is none. */
int bolt_bucket_of(const struct bolt_entry *entry, struct bolt_bucket *bucket, struct error *error);

/* All entries in the order of the file, until visit returns other than 0, which is returned then. */
int bolt_each(struct bolt *bolt, const struct bolt_bucket *bucket,
              int (*visit)(void *context, const struct bolt_entry *entry, struct error *error), void *context,
              struct error *error);
