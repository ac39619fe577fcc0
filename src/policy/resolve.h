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
};

/* Does `when` select a container with these annotations and this (attested or claimed) image? */
bool policy_when_matches(const struct policy_when *when, const struct spec *spec, const struct trust *trust);

/*
 * The set for a bundle: mandatory ones that match; where none of them is enforced (audit mode) the default;
 * and what the annotation io.thwart.policy names (a comma between two); each with what it extends. Errors,
 * ERROR_DENIED for a volunteered name that does not exist, ERROR_INVALID for an extended one that does not, a
 * circle, or a default that does not: all with file:line.
 */
int policy_resolve(const struct policy_library *library, const struct spec *spec, const struct trust *trust,
                   struct arena *arena, struct policy_set *set, struct error *error);
