/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which policies apply to a container. Pure: files were read before. */
#pragma once

#include "policy/policy.h"

/* Where a policy that may be named comes from. */
struct policy_entry {
    const struct policy *policy;
    bool mandatory; /* lies in a mandatory folder, or was named by --policy (then `forced`) */
    bool forced;    /* --policy: applies whatever its `when` says */
};

/* Shipped policies that were read already: the set is resolved twice, before and after anybody looks at the
 * image. */
struct policy_memory {
    const struct policy *items[64];
    size_t count;
};

struct policy_library {
    const struct policy_entry
        *items; /* ordered by name; names are unique: container/policies.c refuses doubles */
    size_t count;
    const struct policy_waiver *waivers;
    size_t waiver_count;
    const char *default_policy; /* NULL: none (what a container keeps is complete) */
    /* A shipped policy by name, read on demand; *policy NULL when there is none of that name. */
    int (*shipped)(void *context, const char *name, struct arena *arena, const struct policy **policy,
                   struct error *error);
    void *context;
    struct policy_memory *memory; /* NULL: each is read whenever it is asked for */
};

/*
 * Does `when` select a container with these annotations and an image of that attested name? image: the
 * selecting policy's own section: where it has signers, only names count that they attest, or the weaker keys
 * of another policy could say which images this one is for. Else, and for NULL (a waiver), those that the
 * host's keyrings attest.
 */
bool policy_when_matches(const struct policy_when *when, const struct policy_image *image,
                         const struct spec *spec, const struct trust *trust);

/* Could it, whatever name is attested? False: annotations exclude it. */
bool policy_when_may_match(const struct policy_when *when, const struct spec *spec);

/* Has it a selector that only an attested name can fulfil? */
bool policy_when_wants_name(const struct policy_when *when);

/*
 * The set for a bundle: mandatory ones that match; where none of them is enforced (audit mode) the default;
 * what the annotation io.thwart.policy names (a comma between two); and what the image's author signed
 * (policy/claimed.h); each with what it extends. Errors,
 * ERROR_DENIED for a volunteered name that does not exist, ERROR_INVALID for an extended one that does not, a
 * circle, or a default that does not: all with file:line.
 */
int policy_resolve(const struct policy_library *library, const struct spec *spec, const struct trust *trust,
                   struct arena *arena, struct policy_set *set, struct error *error);

/* All that policy_resolve might choose, whatever is found out about the image, claims apart: what any of them
 * wants to know has to be found out. Waivers: those that might match. also: names of further policies that
 * might apply (issuers' ceilings); names that are none are left for later. */
int policy_resolve_possible(const struct policy_library *library, const struct spec *spec,
                            const char *const *also, size_t also_count, struct arena *arena,
                            struct policy_set *set, struct error *error);
