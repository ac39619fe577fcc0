/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and columns of findings in the configuration that they point into: looked up only when somebody will
 * read them (a refusal, explain, an event). */
#pragma once

#include "policy/policy.h"

/* config: the bytes that were parsed. A pointer to an absent member gets the place of the nearest object that
 * is there. */
int finding_places(struct policy_decision *decision, const char *config, size_t length, struct arena *arena,
                   struct error *error);
