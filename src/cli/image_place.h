/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where `thwart image seal` puts what it makes: files that appear complete or not at all. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"

/* A file that is being written under another name. */
struct image_draft {
    const char *path, *fresh;
    int descriptor;
};

/* Begin one beside path. descriptor can be written to and read from. */
int image_draft_begin(const char *path, struct arena *arena, struct image_draft *draft, struct error *error);

/* Give it its name. replace: in the place of another one; else ERROR_EXISTS. */
int image_draft_finish(struct image_draft *draft, bool replace, struct error *error);

/* What is not finished goes. */
void image_draft_drop(struct image_draft *draft);
#define cleanup_image_draft __attribute__((cleanup(image_draft_drop)))

/* Write a whole file. */
int image_write(const char *path, const void *bytes, size_t length, bool replace, struct arena *arena,
                struct error *error);

/* BUNDLE/thwart.image, made when it is missing. */
int image_folder_of(const char *bundle, struct arena *arena, const char **folder, struct error *error);

/* The first signature-N in folder that there is not yet. ERROR_LIMIT: verifiers read no more. */
int image_next_signature(const char *folder, struct arena *arena, const char **path, struct error *error);
