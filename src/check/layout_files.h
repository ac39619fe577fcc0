/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an image layout, from a folder or from a tar archive of one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

struct layout_entry {
    const char *name; /* "blobs/sha256/HEX" */
    uint64_t offset, size;
};

struct layout_files {
    const char *path;
    int descriptor; /* of the folder, or of the archive */
    bool is_archive;
    struct layout_entry *entries; /* of an archive: what has a name that a layout uses; the last of a name */
    size_t count, capacity;
};

/* Is it a folder with a regular file oci-layout, or a file called *.tar? */
bool layout_files_are(const char *path);

/* Errors: ERROR_SYSTEM; ERROR_INVALID for an archive that is none. */
int layout_files_open(const char *path, struct arena *arena, struct layout_files *files, struct error *error);
void layout_files_close(struct layout_files *files);
#define cleanup_layout_files __attribute__((cleanup(layout_files_close)))

/* A small file: "index.json". ERROR_INVALID where it is not there. */
int layout_files_read(const struct layout_files *files, const char *name, struct arena *arena, char **bytes,
                      size_t *length, struct error *error);

/* A blob by its digest ("sha256:HEX"), which its bytes must have. *name: of its file. */
int layout_files_blob(const struct layout_files *files, const char *digest, struct arena *arena,
                      const char **name, char **bytes, size_t *length, struct error *error);
