/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ASCII armor of public keys (RFC 9580, section 6), strictly. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/*
 * Every block of public keys in the text, one behind the other. Lines outside of blocks are comments, unless
 * they begin with dashes. ERROR_INVALID: no block; one of another kind (private keys above all); not closed;
 * no base64; a checksum that does not fit.
 */
int armor_read(const char *text, size_t length, struct arena *arena, const void **bytes, size_t *byte_count,
               struct error *error);
