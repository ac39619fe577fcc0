/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks: programs of the host (or, startContainer, of the container) around a container's life. OCI
 * config.md, "POSIX-platform Hooks". */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

struct hook_context {
    const char *stage;          /* "createRuntime", for messages */
    const char *state_json;     /* written to the hook's stdin; a hook that does not read it is no error */
    struct host_path directory; /* working directory: the bundle; text NULL: "/" */
};

/*
 * Run the hooks in order. The first that fails (status, signal, time) stops the list: ERROR_SYSTEM names
 * stage, index, path, what happened, and the end of what it wrote to stdout and stderr. ERROR_DENIED: what is
 * at its path is not what a policy has decided on (plan_hook.judged).
 *
 * What a hook is born with, whatever the runtime has: its own environment alone (empty if none is configured:
 * CVE-2025-23266), arguments as configured (its path when there are none), descriptors 0 (the state), 1 and 2
 * (a pipe of ours; what exceeds the end kept for messages is thrown away), default signals, an empty mask,
 * umask 022, a session of its own, the context's directory. Ids, capabilities, namespaces and limits are the
 * runtime's.
 *
 * Each hook has a supervisor of its own, a child of ours to which everything that the hook starts falls when
 * it is orphaned. On a timeout, and when the runtime itself dies, the supervisor kills all of it,
 * double-forked grandchildren too. What a successful hook leaves behind lives on.
 */
int hooks_run(const struct plan_hook_list *hooks, const struct hook_context *context, struct error *error);

/* Run all of them whatever happens (poststop); the first failure is returned at the end. */
int hooks_run_all(const struct plan_hook_list *hooks, const struct hook_context *context,
                  struct error *error);
