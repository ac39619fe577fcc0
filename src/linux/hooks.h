/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks: programs of the host (or, startContainer, of the container) around a container's life. OCI config.md, "POSIX-platform Hooks". */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

struct hook_context {
    const char *stage;        /* "createRuntime", for messages */
    const char *state_json;   /* written to the hook's stdin; a hook that does not read it is no error */
    struct host_path directory; /* working directory: the bundle; text NULL: "/" */
    int cgroup_directory;     /* -1, or where the hook's process goes so that its grandchildren can be ended with it */
};

/*
 * Run the hooks in order, each with only its own environment, descriptors 0 (state) 1 2 alone, default signals, in a session of its own. The first that
 * fails (status, signal, time) stops the list: ERROR_SYSTEM names stage, path, what happened, and the end of its stderr. On a timeout the
 * whole of what it started is killed.
 */
int hooks_run(const struct plan_hook_list *hooks, const struct hook_context *context, struct error *error);

/* Run all of them whatever happens (poststop); the first failure is returned at the end. */
int hooks_run_all(const struct plan_hook_list *hooks, const struct hook_context *context, struct error *error);
