/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies beside CRIU's images: descriptors.json, an array of what the container's standard streams were
 * connected to. Name and form are those of runc and crun, so that their images can be restored here and ours
 * there.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "linux/checkpoint.h"

/* Make the paths of options absolute; image_path NULL: "checkpoint" in the working directory. */
int checkpoint_absolute_paths(struct checkpoint_options *options, struct arena *arena, struct error *error);

/* Write it into the directory of images, in place of an older one. */
int checkpoint_write_streams(const char *image_path, const struct checkpoint_streams *streams,
                             struct error *error);

/* Read it. ERROR_SYSTEM: these are no images of a container; ERROR_INVALID: it has another
 * form. */
int checkpoint_read_streams(const char *image_path, struct checkpoint_streams *streams, struct error *error);

/* The document, for both of them and for tests. */
void checkpoint_encode_streams(const struct checkpoint_streams *streams, struct text *text);
int checkpoint_decode_streams(const char *bytes, size_t length, const char *name,
                              struct checkpoint_streams *streams, struct error *error);
