/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a folder that may be targets, in stable order. */
#pragma once

#include "base/error.h"

/* Called for each file named *.json, and for each image layout. -1 ends the walk. */
struct check_visitor {
    int (*visit)(void *context, const char *path, struct error *error);
    void *context;
};

/*
 * Walk through path: names in order of their bytes, folders where their name stands. Left out: symbolic links
 * (a report of them would point nowhere), .git, a folder called rootfs beside a config.json (an image's files
 * are not the author's), what is on no regular file. At most CHECK_WALK_DEPTH_MAX deep. Errors: what visit
 * says; ERROR_SYSTEM for a folder that cannot be read, ERROR_LIMIT.
 */
enum { CHECK_WALK_DEPTH_MAX = 64 };
int check_walk(const char *path, const struct check_visitor *visitor, struct error *error);
