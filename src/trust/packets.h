/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framing of an OpenPGP message (RFC 4880, RFC 9580), looked at before gpg is: one signed message with
 * its data inside, in binary, and nothing behind it. What is not that never reaches a parser of keys. Pure.
 */
#pragma once

#include <stddef.h>
#include "base/error.h"

enum { TRUST_SIGNATURE_BYTES_MAX = 4 * 1024 * 1024 };

/*
 * Refused (ERROR_INVALID says which): empty; the first byte without its high bit (armor, clear text, JSON);
 * a detached signature; data without a signature; reserved packets; more than one message; anything that does
 * not end with the blob. Inside of a compressed packet only gpg sees: its answer is held to the same (one
 * signature, one plaintext).
 */
int trust_packets_check(const void *bytes, size_t length, struct error *error);
