/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gpgv: gpg's own program for nothing but verifying, the quickest way to a verdict. It is given its keys and
 * the message as memory files, has no home, no agent, no trust database and no options but these, and starts
 * nothing.
 */
#pragma once

#include "gpg/keyring.h"
#include "gpg/lines.h"

/* Its path; false: it is not installed, and gpg does it (verify.c). */
bool gpgv_find(char *path, size_t size);

/* Verify a message that is not compressed with keys that are ready. output: an empty memory file for what is
 * signed. In at most timeout_ms. */
int gpgv_verify(const char *path, const struct keys *keys, const void *message, size_t length, int output,
                int timeout_ms, struct lines *lines, struct error *error);
