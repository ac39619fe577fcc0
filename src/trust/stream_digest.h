/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 of a stream that is made piece by piece, computed by a second thread while the next piece is read:
 * a ring of a few fixed buffers. Where no thread can be had (RLIMIT_NPROC), the caller's does both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "base/error.h"

enum { STREAM_BUFFERS = 8, STREAM_BUFFER_BYTES = 128 * 1024 };

struct stream_digest;

/* threaded: try to have a thread. NULL: no memory. */
struct stream_digest *stream_digest_begin(bool threaded, struct error *error);
/* Ends the thread, whatever was not digested. */
void stream_digest_free(struct stream_digest **stream);
#define cleanup_stream_digest __attribute__((cleanup(stream_digest_free)))

/* Room for the next bytes; at least a sixteenth of a buffer. What was written there goes on by commit. */
void *stream_digest_room(struct stream_digest *stream, size_t *size);
void stream_digest_commit(struct stream_digest *stream, size_t length);

/* Copies. */
void stream_digest_add(struct stream_digest *stream, const void *bytes, size_t length);

/* Waits for everything. Once. */
struct digest stream_digest_end(struct stream_digest *stream);
