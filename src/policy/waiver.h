/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of waivers: {"thwart": 1, "waivers": [{"rule": "TW0403", "policy": "baseline", "pointer":
 * "/mounts/3/source", "subject": "…", "when": {…}, "reason": "…", "owner": "…", "expires": "2027-03-31"}]}.
 * Strict like policies; reason, owner and expires are required.
 */
#pragma once

#include "policy/policy.h"
#include "policy/read.h"

int policy_waivers_read(const char *bytes, size_t length, const char *file, struct arena *arena,
                        struct policy_problems *problems, const struct policy_waiver **waivers, size_t *count,
                        struct error *error);

/* One waiver as an object of such a file. */
void policy_waiver_print(struct text *text, const struct policy_waiver *waiver, unsigned int indent);
