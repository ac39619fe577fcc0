/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What might be proven about an image, at random: some verdict on each requirement of some policies, names,
 * digests and levels that need not fit each other. Laws hold whatever is proven. */
#pragma once

#include "policy/model.h"
#include "trust/trust.h"

const struct trust *trust_generate(uint64_t *seed, const struct policy *const *policies, size_t count,
                                   struct arena *arena);
