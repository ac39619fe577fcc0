/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one set of policies grants that another does not, by meaning. Pure. */
#pragma once

#include "policy/bound.h"

struct policy_difference {
    const char *id;                              /* of the rule */
    const char *key;                             /* "process.capabilities.allow" */
    const char *granted;                         /* by the one: "CAP_CHOWN, CAP_KILL", "unlimited" */
    const char *bound;                           /* by the other: "512M"; "" where the first tells all */
    bool audit;                                  /* a bound in audit mode */
    const struct policy_finding_source *sources; /* of the other's bound */
    size_t source_count;
};

struct policy_differences {
    struct policy_difference *items;
    size_t count, capacity;
};

/*
 * Append what `one` grants and `other` does not, bound by bound: a bound of other's that nothing of one's
 * implies. Enforced bounds are compared with enforced ones, audited with audited ones. System calls are not
 * compared here.
 */
void policy_difference_of(const struct policy_bounds *one, const struct policy_bounds *other,
                          struct arena *arena, struct policy_differences *differences);

/* The same for system calls, by what each filter answers (the meet of all of a side's; NULL: none). */
void policy_difference_of_calls(const struct spec_seccomp *one, const struct spec_seccomp *other,
                                struct arena *arena, struct policy_differences *differences);

/* For both. */
void policy_difference_add(struct policy_differences *differences, struct arena *arena,
                           struct policy_difference difference);
