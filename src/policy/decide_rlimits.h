/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of a process as they will be: for process.rlimits, and for what a joining process may have. */
#pragma once

#include "policy/decider.h"

/* The limit of this type that process (decider->process, or the container's) will have: as asked for, else as
 * inherited; UINT64_MAX where neither is known. */
struct spec_rlimit decide_rlimit_of(const struct decider *decider, const struct spec_process *process,
                                    const char *type);

/* For findings: "soft 1024, hard unlimited", and where the limit stands. */
const char *decide_rlimit_text(const struct decider *decider, const struct spec_rlimit *limit);
const char *decide_rlimit_pointer(const struct decider *decider, const char *type);

/* Lower the grant's limit to at most these, and say so (decider_granted). */
void decide_narrow_rlimit(struct decider *decider, const char *type, uint64_t soft, uint64_t hard);
