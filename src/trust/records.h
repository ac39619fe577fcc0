/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists in which a store keeps its records: some hundred kilobytes of JSON of which one record is wanted.
 * Records are told apart by their quotes and brackets, and only those that may be the wanted one are parsed,
 * strictly. What is wrong with another record does not matter: a store only leads to bytes.
 */
#pragma once

#include "trust/store_files.h"

struct records {
    const char *name; /* in messages */
    const char *next, *end;
    struct arena *scratch;
};

/* Could this text of a record be what is looked for? */
typedef bool records_filter(const char *record, size_t length, const void *context);

/* Read the list at a path beneath a folder. 1; 0: there is none, or it is `null` (what Go writes for a list
 * that was never made); -1: it is no list, or as store_read. */
int records_open(int folder, const char *path, struct arena *scratch, struct records *records,
                 struct error *error);

/* The next record that may be wanted, parsed. 1; 0: no more; -1: it, or the list, is broken. */
int records_next(struct records *records, records_filter *filter, const void *context,
                 const struct json_value **record, struct error *error);

/* A filter: the word (context: a string) is in it. */
records_filter records_with_word;

/* A filter over ids (context: struct records_ids): its member "id", when that is the first and plainly
 * written, as Go does, is one of them. One that is written otherwise may be wanted. */
struct records_ids {
    const char *(*id)(const void *list, size_t index);
    const void *list;
    size_t count;
};
records_filter records_with_id;
