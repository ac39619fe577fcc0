/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody demands to be proven about an image. Plain data: policies have it as `image.signature` and
 * `image.integrity` (policy/read_image.c), containers-policy.json(5) as `signedBy` (containers_policy.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the name that was signed must relate to the image's own (containers-policy.json(5), signedIdentity).
 * reference.h judges them. */
enum trust_identity_kind {
    TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT, /* the default */
    TRUST_MATCH_EXACT,
    TRUST_MATCH_REPOSITORY,
    TRUST_EXACT_REFERENCE,  /* against `name`: the only two for an image whose own name nobody knows */
    TRUST_EXACT_REPOSITORY, /* against `name` */
    TRUST_REMAP_IDENTITY,   /* the image's `prefix` becomes `name`, then the default rule */
    TRUST_MATCH_PATTERN,    /* thwart's own: the signed reference matches the glob `name` */
};

struct trust_identity_rule {
    enum trust_identity_kind kind;
    const char *name, *prefix;
};

/* One source of keys: a file, binary or armored, or bytes that a document holds. */
struct trust_keyring {
    const char *path;  /* absolute; NULL: bytes */
    const void *bytes; /* of keyData */
    size_t length;
};

/*
 * "These keys signed it": at least `needed` DIFFERENT primary keys of the keyrings made one acceptable
 * signature each, for one of the identities, not older than max_age_s. Signatures that do not count are no
 * mistake; each has its reason in the verdict.
 */
struct trust_requirement {
    const char *name;     /* in messages: "policy web (/etc/thwart/policies/web.json:7)" */
    const char *document; /* absolute path of a containers-policy.json(5): what its scope for the image asks
                             is asked, and all below is empty; NULL: what is below */
    uint32_t needed;
    const struct trust_keyring *keyrings;
    size_t keyring_count;
    const char *const *fingerprints; /* of primary keys, upper case; count 0: every key of the keyrings */
    size_t fingerprint_count;
    bool each_fingerprint; /* all of them must have signed (needed is then their count) */
    const struct trust_identity_rule *identities; /* one of them; count 0: the default rule */
    size_t identity_count;
    uint64_t max_age_s; /* since the signature's creation; 0: no limit */
    bool audit; /* policies on trial alone ask: what keeps us from looking (a keyring that is not there, a gpg
                   that hangs) is its verdict's reason, and refuses nobody */
    /* The one that a policy wrote, of which this is a copy with the host's keyrings filled in: whoever asks
     * for that one's verdict gets this one's. NULL: it stands for itself. */
    const struct trust_requirement *stands_for;
    /* Every signature is looked at, also beyond what is needed, and several of one key count: for the
     * names that they say and what they carry (claims). */
    bool every_signature;
    bool of_host; /* "signed by a key that the host knows" (thwart.json, "keyrings"): by nobody's policy */
};

/* Is asked the requirement itself, or does it stand for it? */
bool trust_requirement_is(const struct trust_requirement *asked, const struct trust_requirement *requirement);

/* How far the files were tied to what was signed, weakest first. */
enum trust_level {
    TRUST_NONE,          /* nothing is proven */
    TRUST_MANIFEST_ONLY, /* a signature over the manifest that the store believes these files come from */
    TRUST_BOUND_WALK,    /* every file was read and compared with a signed list */
    TRUST_BOUND_LAYERS,  /* every layer under the mount was reassembled to its signed digest */
    TRUST_BOUND_VERITY,  /* the kernel checks every read against a signed digest */
};

/* All that is asked of one image. Nothing of it (trust_demand_is_empty): nobody looks, and nothing is spent.
 */
struct trust_demand {
    const struct trust_requirement *const *requirements;
    size_t requirement_count;
    /* Keys of the host (of_host): they say what an image is called, for selectors, and are the root of trust
     * for a policy that asks for integrity and names no signer. A requirement like any other, whose failure
     * refuses nobody. It is among requirements. NULL: nobody asks, or the host has none. */
    const struct trust_requirement *namers;
    const char *const *digests; /* of manifests that some rule accepts by digest: a root of trust as well */
    size_t digest_count;
    enum trust_level
        level;   /* the highest that some rule wants: binding is expensive, so nothing more is done */
    bool reread; /* contents are read at each create; false: once per boot is enough */
    bool claims; /* a signed claim in a payload counts (issuers are known to the host) */
};

bool trust_demand_is_empty(const struct trust_demand *demand);
