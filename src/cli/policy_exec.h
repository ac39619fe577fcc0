/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about a process that would join a container which was granted: for explain and test. */
#pragma once

#include "cli/policy_decision.h"

/* file: a process object, as `exec --process` takes it. prepared is not refused. */
int policy_decide_exec(const struct invocation *invocation, const char *file, const struct prepared *prepared,
                       struct policy_decision *decision, struct error *error);
