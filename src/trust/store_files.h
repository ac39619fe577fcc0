/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what a store keeps: through descriptors, beneath a folder that was opened once, never over a
 * symlink or into another mount's magic, regular files alone, each with its limit. What cannot be read is a
 * reason in words for the caller (struct error as data), never more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"
#include "json/json.h"

enum {
    STORE_INDEX_BYTES_MAX = 64 * 1024 * 1024,   /* images.json and the like */
    STORE_MANIFEST_BYTES_MAX = 4 * 1024 * 1024, /* what containers/image takes from a registry */
    STORE_CONFIGURATION_BYTES_MAX = 16 * 1024 * 1024,
    STORE_WORD_BYTES_MAX = 4096, /* files of one line */
};

struct store_file {
    char *bytes; /* NUL-terminated behind length; the arena's */
    size_t length;
};

/* The folder of a store. Its own path may have symlinks: where a store lies is the administrator's choice.
 * A descriptor, or -1. */
int store_open(const char *path, struct error *error);

/* A folder beneath it; no symlinks. A descriptor, or -1 with errno and words. */
int store_open_folder(int folder, const char *path, struct error *error);

/* A regular file beneath it, to be read in places. A descriptor, or -1. */
int store_open_file(int folder, const char *path, struct error *error);

/* 1: read whole, at most limit bytes; 0: does not exist; -1: anything else (a symlink, a fifo, too long, not
 * permitted). path: relative, no "..". */
int store_read(int folder, const char *path, size_t limit, struct arena *arena, struct store_file *file,
               struct error *error);

/* The same for a file of one word: no newline at its end, no control characters. */
int store_read_word(int folder, const char *path, struct arena *arena, const char **word,
                    struct error *error);

/* The same for a JSON document, strictly parsed; the tree lives in the arena. */
int store_read_json(int folder, const char *path, struct arena *arena, const struct json_value **document,
                    struct error *error);

/* Is there a regular file? No symlink on the way. */
bool store_has_file(int folder, const char *path);

/* Text of a member, or NULL when it is absent or of another type. */
const char *store_text(const struct json_value *object, const char *key);
