/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource limits of the program (OCI config.md, POSIX process), in two steps: raising a hard limit needs
 * rights that are dropped soon, and a low limit on descriptors, memory or file size would hit the runtime's
 * own last steps.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* With rights: everything that does not hinder the runtime exactly; for the others only the hard limit, where
 * it goes up. */
int limits_raise(const struct plan_process *plan, struct error *error);

/* Right before execve, without rights: the others, exactly. */
int limits_lower(const struct plan_process *plan, struct error *error);
