/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A waiver put into a file of waivers, whose comments and layout stay as their author wrote them. Pure. */
#pragma once

#include "policy/policy.h"

/* The file `bytes` (NULL: a new one) with one more waiver at its end. name: for messages. What comes out has
 * been read back. Errors: ERROR_INVALID for a file, or a waiver, that is wrong. */
int policy_waiver_append(const char *bytes, size_t length, const char *name,
                         const struct policy_waiver *waiver, struct arena *arena, struct text *text,
                         struct error *error);
