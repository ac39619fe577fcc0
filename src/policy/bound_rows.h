/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the language, one row each. */
#pragma once

#include "policy/bound.h"

/* All, in the order of the language's reference; *count. */
const struct policy_bound_row *policy_bound_rows(size_t *count);
