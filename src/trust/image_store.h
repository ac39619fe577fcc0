/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each store's file offers to image_find.c, and what they share. */
#pragma once

#include "trust/image.h"
#include "trust/signature.h"

/*
 * Each looks whether the root is of its store. False: it is not, image is untouched. True: it is; either
 * image->store is set, or image->why_not says what is wrong.
 */
bool image_containers_find(const struct trust_root *root, const struct trust_places *places,
                           struct arena *arena, struct trust_image *image);
bool image_containerd_find(const struct trust_root *root, const struct trust_places *places,
                           struct arena *arena, struct trust_image *image);
bool image_docker_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                       struct trust_image *image);
bool image_bundle_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                       struct trust_image *image);

enum { IMAGE_NAMES_MAX = 64, IMAGE_SIGNATURES_MAX = 128 };

/* image->why_not, from words or from an error. Always true, so that a store can return it. */
bool image_is_broken(struct trust_image *image, struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool image_is_broken_by(struct trust_image *image, struct arena *arena, const struct error *error);

/* Layers cannot be told: image->layers_broken. */
void image_layers_broken(struct trust_image *image, struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when the mount itself says why no layers can be matched with it: no overlay, unclear, something
 * mounted beneath, root.path not at the mount; layers_broken is set then. */
bool image_mount_is_unclear(const struct trust_root *root, struct arena *arena, struct trust_image *image);

/* A name that engines make of a digest ("sha256:HEX", a bare id) says nothing of where the image came from.
 */
bool image_name_is_useful(const char *name);
