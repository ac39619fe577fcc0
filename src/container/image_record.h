/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `state`, events and later commands say of the proof about a container's image: the short form of
 * struct trust, and the annotations that carry it. Pure. */
#pragma once

#include "container/record.h"
#include "trust/trust.h"

/* In `state`, beside POLICIES_ANNOTATION, when something was asked to be proven. Nobody else's word under
 * these keys is handed on. */
#define TRUST_ANNOTATION          "io.thwart.trust"          /* the level */
#define IMAGE_MANIFEST_ANNOTATION "io.thwart.image.manifest" /* "sha256:HEX", computed */
#define IMAGE_NAMES_ANNOTATION    "io.thwart.image.names"    /* signed; a comma between two */
#define IMAGE_KEYS_ANNOTATION     "io.thwart.image.keys"     /* primary fingerprints; a comma between two */

/* NULL: nobody asked. Lives in the arena, and borrows from trust. */
const struct record_image *image_record_of(const struct trust *trust, struct arena *arena);

/* The granted configuration's annotations without those that are ours to say, and then ours: policies (words
 * of policies_words), level and image (NULL: none). */
struct json_string_map image_record_annotations(const struct json_string_map *granted,
                                                const struct json_strings *policies, const char *level,
                                                const struct record_image *image, struct arena *arena);

/* Append the members of an event's or a document's object: {"manifest": …, "names": […], …}. */
void image_record_encode(struct text *text, const struct record_image *image);
