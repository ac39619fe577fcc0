/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer's directory, held against the entries of its tar as they come: type, mode, owner, extended
 * attributes, target, device number, what is linked with what, whiteouts as overlay has them; at the end a
 * walk for what the tar has not (layer_walk.c).
 *
 * All is done beneath one descriptor, never over a symlink, never into another mount, and nothing but a
 * regular file or a directory is ever opened. What is not compared: times, as nobody trusts them; a symlink's
 * mode and attributes, which Linux does not use; how many links a file has from elsewhere, since overlay
 * copies a file before it is written.
 *
 * What differs is kept as words. An entry that comes twice counts as it was the last time. Engines give mode
 * and owner of a hard link's entry to the file that it is a link to: either will do.
 */
#pragma once

#include "trust/binding.h"
#include "trust/path_set.h"
#include "trust/tar_reader.h"

enum { LAYER_TREE_BUFFER = 64 * 1024, LAYER_TREE_DEPTH_MAX = 128 };

/* What a name in the set is. */
enum {
    LAYER_NAME_SIGNED = 1,   /* an entry of the tar */
    LAYER_NAME_PARENT = 2,   /* a folder that an entry is in; engines make it where the tar has none */
    LAYER_NAME_OPAQUE = 4,   /* a folder that hides what is below it */
    LAYER_NAME_WHITEOUT = 8, /* hides what is below it */
    LAYER_NAME_FOLDER = 16,
    LAYER_NAME_DIFFERS = 32,
    LAYER_NAME_OTHER_MODE = 64, /* and in nothing but mode or owner */
};

/* How layers are laid on each other here. */
struct layer_setting {
    bool user_marks;     /* the overlay reads its marks from user.overlay.*, not trusted.overlay.* */
    bool user_namespace; /* engines make no devices then */
};

struct layer_tree {
    const struct layer_setting *setting;
    size_t number;    /* in words: the lowest is 1 */
    const int *below; /* folders of the layers below, the lowest first: number - 1 of them */
    int folder;       /* the caller's, as are those */
    uint64_t device;
    struct arena *arena; /* of the words */
    struct path_set names;
    struct trust_difference differences[BINDING_DIFFERENCES];
    size_t difference_count, more, told;

    /* The entry that the contents belong to. */
    char path[TAR_NAME_MAX + 1];
    int file; /* -1: none can be read */
    uint64_t size;

    int parent; /* -1: parent_errno */
    int parent_errno;
    bool has_parent, no_atime_refused;
    char parent_path[TAR_NAME_MAX + 1];
    uint8_t *buffer; /* LAYER_TREE_BUFFER bytes, the caller's */
};

/* folder: of the layer, opened by the caller. -1: it cannot be looked at. */
int layer_tree_begin(struct layer_tree *tree, int folder, struct error *error);
void layer_tree_free(struct layer_tree *tree);

/* One entry of the tar. -1: memory, or names beyond the limit; differences are none. */
int layer_tree_entry(struct layer_tree *tree, const struct tar_entry *entry, struct error *error);

/* Contents of that entry, which the directory's file must have next. */
void layer_tree_contents(struct layer_tree *tree, const void *bytes, size_t length);

/* The file of that entry, at its beginning, of the size that the tar says; -1: it differs already. */
static inline int layer_tree_file(const struct layer_tree *tree)
{
    return tree->file;
}

/* The tar is at its end: what else is in the directory? */
int layer_tree_walk(struct layer_tree *tree, struct error *error);

/* For these files alone: words of a difference, one a path. */
void layer_tree_differs(struct layer_tree *tree, enum trust_difference_kind kind, const char *path,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An open beneath folder by the rules above; what: O_RDONLY, or O_RDONLY | O_DIRECTORY, or O_PATH. -1 with
 * errno. */
int layer_open(int folder, const char *path, int what);
