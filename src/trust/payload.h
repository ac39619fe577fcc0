/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload of a simple signature (containers-signature(5)), parsed only after it was authenticated.
 * Exactly {critical: {type, image: {docker-manifest-digest}, identity: {docker-reference}}, optional: {…}};
 * unknown members only in optional, whose creator is a string and timestamp a whole number. Pure.
 */
#pragma once

#include "json/json.h"

#define TRUST_PAYLOAD_TYPE "atomic container signature"
enum { TRUST_PAYLOAD_BYTES_MAX = 4 * 1024 * 1024 };

struct trust_payload {
    const char *reference, *digest;
    const char *creator; /* NULL: not given */
    int64_t timestamp_s; /* what the signer says; the signature packet has its own */
    bool has_timestamp;
    const struct json_value *optional; /* the object: thwart's own members are read by seal.h and claim.h */
};

/* ERROR_INVALID with the place. */
int trust_payload_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                        struct trust_payload *payload, struct error *error);

/* What a signer signs: the same document, its members in the order that containers/image writes. optional:
 * JSON text of further members ("\"io.thwart.seal\": {…}"), or NULL. */
struct text;
void trust_payload_encode(struct text *text, const char *reference, const char *digest, int64_t timestamp_s,
                          const char *optional);
