/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648, section 4), with padding. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/text.h"

/* The text of length bytes. */
char *base64_encode(const void *bytes, size_t length, struct arena *arena) __attribute__((returns_nonnull));

/* The same, behind what a text holds. */
void base64_append(struct text *text, const void *bytes, size_t length);

/*
 * The bytes of a text, strictly: whole groups of four, padding only at the end and complete, unused bits
 * zero; line ends (CR, LF) are skipped, as Go's decoder does. NULL when it is none; *length is set else. A
 * NUL stands behind the bytes.
 */
void *base64_decode(const char *text, size_t text_length, struct arena *arena, size_t *length);

/* The same into room for text_length / 4 * 3 bytes, without a NUL. False: it is none. */
bool base64_decode_into(const char *text, size_t text_length, void *bytes, size_t *length);
