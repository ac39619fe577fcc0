/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is proven about a bundle's root, looked at with all that this host has: mounts, stores, keyrings, gpg,
 * what was found out before. `create`, `restore`, a delegate's gate, `policy explain` and `image verify` are
 * this one function.
 *
 * What create mounts is what was looked at: that no other mount or folder took its place while it was read is
 * checked at the end, and which it was is told, so that create takes no other one: whoever owns the bundle's
 * folder may rename in it at any time. Files can change behind a walk as long as somebody may write to the
 * layers: only bound-verity holds beyond (docs/thwart-trust.7.md).
 */
#pragma once

#include "policy/configuration.h"
#include "spec/spec.h"
#include "trust/trust.h"

struct image_trust_request {
    const char *bundle, *root; /* absolute; bundle NULL: `image verify` of a root alone */
    const struct trust_demand *demand;
    const struct configuration *configuration; /* issuers, stores */
    const struct trust_places *places;         /* NULL: the configuration's */
    const struct spec *spec;                   /* its mounts and id maps; NULL: a root alone */
    const char *state_root;                    /* --root; NULL: the default */
    bool rootless; /* an ordinary user, or root of a user namespace: stores are below HOME */
};

/* Which directory it was, as path_object_of() tells it. */
struct image_trust_root {
    bool known; /* something was demanded, and the directory was there */
    uint64_t device, inode;
};

/*
 * An empty demand: nothing is opened or started. seen: NULL, or filled. Errors: what keeps us from looking
 * (trust/evidence.h): ERROR_UNSUPPORTED, ERROR_LIMIT (gpg), ERROR_DENIED (a keyring or a document that others
 * could change), ERROR_UNTRUSTED (the root was exchanged meanwhile), ERROR_SYSTEM.
 */
int image_trust_gather(const struct image_trust_request *request, struct arena *arena, struct trust *trust,
                       struct image_trust_root *seen, struct error *error);

/* Could anybody but root (or the caller) change this document, or put another in its place? ERROR_DENIED. */
int image_trust_check_document(const char *path, struct error *error);
