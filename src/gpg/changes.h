/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When gpg may say something else about the same message and the same keys: what was verified may be
 * remembered until then. Neither gpg nor gpgv tells when the key of a good signature expires.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "gpg/keyring.h"

/*
 * The earliest second after now_s that any packet of the keys speaks of: a key or a signature over one is
 * made, or expires (RFC 9580, sections 5.2.3.11 to 5.2.3.18). No packet's own signature is looked at: one
 * that means nothing can make the time come sooner, never later. INT64_MAX: none. False: something is not
 * understood; then nothing is to be remembered.
 */
bool keys_next_change(const struct keys *keys, int64_t now_s, int64_t *change_s);
