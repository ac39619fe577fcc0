/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of a tree: opened without harm, its facts and contents. For tree.c; see tree.h. */
#pragma once

#include <sys/stat.h>
#include "trust/tree.h"
#include "trust/verity_digest.h"

enum { TREE_READ_BYTES = 256 * 1024 };

/* Facts and the memory behind them. */
struct tree_look {
    struct tree_facts facts;
    char *target;
    void *attributes; /* one block: the array, names and values */
};

/* Of one thread. */
struct tree_reader {
    unsigned char *buffer; /* TREE_READ_BYTES */
    struct verity_state *verity;
    char *names; /* of attributes */
};

/* Why looking failed. what: "read", with errno's number; or a whole sentence, with number 0. */
struct tree_fault {
    const char *what;
    int number;
};

#define TREE_CHANGED "changed while it was read"

bool tree_reader_make(struct tree_reader *reader);
void tree_reader_free(struct tree_reader *reader);

/* Open one name in a folder, through no link and into no other mount (EXDEV). -1 with errno. */
int tree_open(int folder, const char *name, uint64_t flags);

/* Facts of an open folder. */
int tree_look_at_folder(struct tree_reader *reader, int folder, struct tree_look *look, struct stat *status,
                        struct tree_fault *fault);

/* Facts of another entry. path is called for when the visitor's measure needs it. */
struct tree_place {
    int folder;
    const char *name;
    const struct tree_path *path; /* for measure; NULL without TREE_MEASURE */
};
int tree_look_at(struct tree_reader *reader, const struct tree_place *place, const struct tree_order *order,
                 const struct tree_visitor *visitor, struct tree_look *look, struct tree_fault *fault);

void tree_look_free(struct tree_look *look);

/* Times, size and inode are the same: nobody wrote to it in between, as far as the file system tells. */
bool tree_is_unchanged(const struct stat *before, const struct stat *after);
