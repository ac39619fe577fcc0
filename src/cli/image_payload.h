/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `thwart image seal` signs: a simple-signing payload whose `optional` has thwart's members. */
#pragma once

#include "cli/image_command.h"
#include "trust/seal.h"

/* What the image needs at most: the command line's --claim and its dates. */
struct image_claim {
    const char *file; /* a policy; NULL: no claim */
    uint32_t revision;
    const char *not_before, *expires; /* NULL: none */
};

/*
 * Write the payload. name: what the image is called, with tag or digest; digest: of its manifest; seal: NULL:
 * none. It is read back by the code that will verify it, so nobody signs what nobody would accept.
 * ERROR_INVALID, ERROR_USAGE.
 */
int image_payload(const char *name, const char *digest, const struct trust_seal *seal,
                  const struct image_claim *claim, int64_t now_s, struct arena *arena, struct text *payload,
                  struct error *error);
