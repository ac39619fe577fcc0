/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way of binding.h proves what is wanted at the least cost, and what was proven so already. */
#pragma once

#include "trust/binding.h"
#include "trust/evidence.h"

struct binding_question {
    const struct trust_inquiry *inquiry;
    const struct trust_image *image;
    const struct trust_chain *chain;
    const struct trust_signature *const *counting; /* signatures that count: they may carry a seal */
    size_t counting_count;
};

/*
 * Tie the root's files to the manifest, which has a root of trust: trust->level, level_reason, differences.
 * The ways at or above the level that is wanted come first, the cheapest of them before the others (the
 * kernel's measures, then the walk, which reads each file once, then the layers); when none holds, the weaker
 * ones, as some rule may want less.
 */
int trust_bind(const struct binding_question *question, struct arena *arena, struct trust *trust,
               struct error *error);
