/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime and thwart-gpg say to each other (base/message.h).
 *
 *   "verify"  timeout-ms=N keyrings=COUNT; descriptors: the signature, each keyring, a memfd for the payload
 *   "done"    signature=STATUS FINGERPRINT PRIMARY CREATED EXPIRES WORDS (one member each), payload-bytes=N
 *   "failed"  error: "gpg is not installed", a keyring without a key, a limit of time
 *
 *   "sign"    key=FINGERPRINT home=DIRECTORY; descriptors: payload, output      (thwart image seal)
 *   "keys"    descriptors: a keyring          (lists: key=PRIMARY USERID …; for `thwart image trust`)
 *
 * The helper makes its GNUPGHOME below a fresh directory in the run directory, mode 0700, writes gpg.conf
 * (no auto-key-retrieve, no agent autostart, trust-model always, weak digests refused) and removes it.
 */
#pragma once

#define GPG_HELPER "thwart-gpg"
