/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file's bytes as they are, or what gzip made of them (RFC 1952, several members one behind the other as
 * parallel compressors write them). The one place that sees zlib. Fixed memory: zlib's window and one buffer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

struct inflated;

/* file stays the caller's, is read from its beginning with pread(2), and must be regular. By its first bytes:
 * gzip, zstd (refused: ERROR_UNSUPPORTED), or plain. NULL: error. */
struct inflated *inflated_open(int file, const char *name, struct error *error);
void inflated_close(struct inflated **source);
#define cleanup_inflated __attribute__((cleanup(inflated_close)))

/* Up to size bytes; 0: the end, and the compressed file ended well too; -1: it is torn, or cannot be read. */
ssize_t inflated_read(struct inflated *source, void *bytes, size_t size, struct error *error);
