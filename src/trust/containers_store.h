/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of containers-storage (Podman, Buildah, CRI-O), read without its lock: every file is replaced
 * whole by rename(2), so each is consistent in itself; that two of them are of different moments shows in
 * what they say, and is a reason. For a driver D below the root:
 *
 *   D-containers/{containers,volatile-containers}.json   D-images/images.json   D-images/ID/NAME
 *   D-layers/{layers,volatile-layers}.json               D-layers/ID.tar-split.gz
 *
 * All functions: 1 found, 0 not, -1 with words.
 */
#pragma once

#include "trust/store_files.h"

struct containers_store {
    const char *path; /* absolute */
    const char *driver;
    int folder;
    struct arena *scratch; /* for whole documents, which are many times what is taken of them */
};

struct containers_record {
    const char *id, *layer;
    const char *image;    /* "": made of none */
    const char *metadata; /* the engine's own text; NULL */
};

/* The image's name that the engine noted when it made the container; NULL. */
const char *containers_store_image_name(const struct containers_record *record, struct arena *arena);

/* By its layer, or by its id where layer is NULL. */
int containers_store_container(const struct containers_store *store, const char *layer, const char *id,
                               struct arena *arena, struct containers_record *record, struct error *error);

struct containers_image {
    const char *id, *digest;          /* of the manifest, NULL: none */
    const char *layer;                /* the topmost, NULL: no layers */
    const char *const *mapped_layers; /* copies of that one for user namespaces */
    size_t mapped_count;
    const char *const *names;
    size_t name_count;
    const char *const *keys; /* of what is stored with it */
    size_t key_count;
    const char *metadata; /* containers/image's own text; NULL */
};

/* {"sha256:HEX": [bytes, …]}: into how many signatures each manifest's file is to be cut. NULL: it does not
 * say. */
const struct json_value *containers_store_signature_sizes(const struct containers_image *image,
                                                          struct arena *arena);

/* By its id, or by its topmost layer where id is NULL (then one with signatures is preferred). */
int containers_store_image(const struct containers_store *store, const char *id, const char *layer,
                           struct arena *arena, struct containers_image *image, struct error *error);

/* What an image is stored with, by key. */
int containers_store_data(const struct containers_store *store, const char *image, const char *key,
                          size_t limit, struct arena *arena, struct store_file *file, struct error *error);

/* The path of that, relative to the store: names made of other than ".0-9a-z" are "=" and their base64. */
const char *containers_store_data_path(const struct containers_store *store, const char *image,
                                       const char *key, struct arena *arena);

/* One layer to look up. */
struct containers_layer {
    const char *id; /* asked for */
    bool found;
    const char *parent;  /* NULL: none */
    const char *diff_id; /* of its tar; NULL: the store does not know it */
};

/* Fill in those layers that this store has. 0, or -1. */
int containers_store_layers(const struct containers_store *store, struct containers_layer *layers,
                            size_t count, struct arena *arena, struct error *error);
