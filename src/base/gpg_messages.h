/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime (container/gpg_helper.c) and thwart-gpg (gpg/) say to each other, in the form of
 * base/message.h. Members of every question:
 *
 *   timeout-ms   for all of it; then gpg is ended with its process group
 *
 * verify: descriptors are the signature, a memory file for the payload, each keyring
 *   directory    where the private home is made (in "@gpg" there), absolute; only its owner may write to it
 *   keyring      the name of each keyring in messages, in the order of the descriptors
 *   -> signature      "STATUS FINGERPRINT PRIMARY CREATED EXPIRES WORDS", one each; "-" is not known; seconds
 *   -> payload-bytes  only of a single good signature: that many are in the memory file
 *   -> keys-change    the earliest second from which gpg may say something else because of what is in the
 *                     keyrings; 9223372036854775807: none; absent: it is not known
 *
 * keys: descriptors are keyrings
 *   directory, keyring   as above
 *   -> key            "PRIMARY STATUS CREATED EXPIRES ALGORITHM USER-ID", one each; STATUS: good, expired,
 * revoked, unusable
 *
 * sign: descriptors are the payload and a file for the signature
 *   key          fingerprint
 *   home         GNUPGHOME of whoever signs, absolute
 *   tty          for whoever asks for a passphrase; optional
 *   -> signature-bytes, key (fingerprint that signed)
 *
 * Answers are "done" or "failed": gpg is not there, has hung, a keyring is none or holds a private key.
 */
#pragma once

#define GPG_HELPER "thwart-gpg"

#define GPG_VERIFY "verify"
#define GPG_KEYS   "keys"
#define GPG_SIGN   "sign"

/* Names of the homes' directory: '@' is in no container id. */
#define GPG_HOMES "@gpg"

/* STATUS of a signature. */
#define GPG_STATUS_GOOD         "good"
#define GPG_STATUS_BAD          "bad"
#define GPG_STATUS_NO_KEY       "no-key"
#define GPG_STATUS_EXPIRED      "expired"
#define GPG_STATUS_KEY_EXPIRED  "key-expired"
#define GPG_STATUS_KEY_REVOKED  "key-revoked"
#define GPG_STATUS_KEY_UNUSABLE "key-unusable"
#define GPG_STATUS_WEAK         "weak"
#define GPG_STATUS_ERROR        "error"

enum {
    GPG_KEYRINGS_MAX = 64,
    GPG_KEYRING_BYTES_MAX = 16 * 1024 * 1024,
    GPG_PAYLOAD_BYTES_MAX = 4 * 1024 * 1024, /* unpacked: a bomb ends here */
    GPG_SIGNATURES_MAX = 16,
};
