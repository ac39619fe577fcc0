/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One layer: the stream of its tar, made of its record and directory or of its blob, digested, and its
 * entries held against the directory. */
#pragma once

#include "trust/image.h"
#include "trust/layer_tree.h"

/* No stream is read beyond it, whatever it claims to be: a bomb, or a hole of a file, ends here. */
#define LAYER_STREAM_MAX ((uint64_t)128 * 1024 * 1024 * 1024)

struct layer_check {
    const struct trust_layer *layer;
    struct layer_tree tree;
    bool threaded;      /* may use a second thread */
    const char *reason; /* NULL: the digest is the signed one */
};

/* tree's fields up to arena are the caller's. Reasons are data; -1 never: what cannot be read holds nothing.
 */
void layer_check(struct layer_check *check, int folder);
