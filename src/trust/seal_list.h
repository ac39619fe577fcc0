/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a seal's list (seal.h): written, and read so strictly that reading accepts exactly what
 * writing makes. Pure.
 */
#pragma once

#include "base/text.h"
#include "trust/tree.h"

#define SEAL_FIRST_LINE "thwart seal 1\n"

struct seal_entry {
    char kind; /* those of struct tree_facts, and h */
    uint32_t mode, owner, group;
    uint64_t size;
    uint32_t major, minor;
    struct digest contents, verity;
    bool executable;
    const struct tree_attribute *attributes; /* by name */
    size_t attribute_count;
    struct tree_path path;
    struct tree_path target; /* of l: where it leads; of h: the path of the same file */
};

/* What a list says of a file that was looked at with all wishes. path and target are the caller's. */
void seal_entry_of(const struct tree_facts *facts, const struct tree_path *path, struct seal_entry *entry);

/* Overlay's own attributes: never in a list. */
bool seal_attribute_is_of_overlay(const char *name);

/* The entry's line with its newline. */
void seal_entry_write(struct text *text, const struct seal_entry *entry);

/* Bytes of a name as lists write them. */
void seal_name_write(struct text *text, const char *bytes, size_t length);

/* Goes through a list. Zero-initialise but for list and length; free with seal_reader_free. */
struct seal_reader {
    const char *list;
    size_t length;
    const char *next;        /* the line to be read; NULL: the first one */
    uint64_t line;           /* number of the one that was read last, from 1 */
    struct seal_entry entry; /* what it said; valid until the next */
    char *room;              /* what entry points to */
    size_t room_size;
    struct tree_attribute *attributes;
    size_t attribute_capacity;
    char *previous; /* path of the entry before */
    size_t previous_length, previous_size;
    char previous_kind;
    struct text again; /* the line, written anew */
};

/* The next entry: 1; 0 at the end; -1: it is no list that trust_seal_write has written (ERROR_INVALID, with
 * the line). Checked: form, order, that the folder is there before what is in it, and (h) that the file is.
 */
int seal_reader_next(struct seal_reader *reader, struct error *error);
void seal_reader_free(struct seal_reader *reader);

/* Read one line of a list again that seal_reader_next has accepted; of another list's line nothing is
 * promised. */
int seal_reader_again(struct seal_reader *reader, const char *line, struct error *error);

/* The line of a path in a list that is checked up to its end (`end`), by halving. NULL: it has none. */
const char *seal_list_find(const char *list, const char *end, const struct tree_path *path);
