/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container's program: found at create, in its final root, directory, environment and credentials, so
 * that a missing or forbidden one is an answer to `create` (OCI config.md: args with the semantics of
 * execvp); executed by path, so that a filter needs to know execve alone.
 */
#pragma once

#include <limits.h>
#include "base/error.h"
#include "plan/plan.h"

struct program {
    char path[PATH_MAX];
};

/* Find args[0]: as it is when it holds a '/', else in plan->search_path. ERROR_COMMAND_MISSING and
 * ERROR_COMMAND_REFUSED in the words by which engines know them (exit statuses 127 and 126). */
int program_find(const struct plan_process *plan, struct program *program, struct error *error);

/* Become it, with this environment (NULL-terminated). Returns only on failure, with a message that tells a
 * missing interpreter from a missing program.
 */
int program_execute(const struct program *program, const struct plan_process *plan,
                    const char *const *environment, struct error *error);
