/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A compressed message unpacked before gpg sees it, so that what is inside is held to the same framing as
 * what is outside: gpg itself reads the first of two messages and says nothing of the other.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* The message inside of a blob: checked, not compressed, of at most GPG_PAYLOAD_BYTES_MAX and what a
 * signature needs. ERROR_INVALID, ERROR_LIMIT (a bomb). */
int unpack_message(const void *bytes, size_t length, struct arena *arena, const void **message,
                   size_t *message_length, struct error *error);
