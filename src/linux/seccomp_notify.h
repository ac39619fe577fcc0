/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a filter's notify descriptor to the agent that listens on linux.seccomp.listenerPath (OCI
 * config-linux.md, seccomp, and "The Container Process State").
 *
 * The descriptor exists only once the filter is in force, and the filter may refuse, or notify of, any call
 * that would send it: so a second thread of the same process, which the filter does not cover, sends it while
 * the first makes no call at all. Neither outlives execve: the thread goes, the descriptor is close-on-exec.
 * The agent's path is the host's, so the connection is made before the container's root is entered.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"
#include "linux/seccomp.h"
#include "plan/plan.h"

struct seccomp_notify {
    int connection; /* to the agent, or -1: nothing is to be handed over */
    char *document; /* the container process state; heap */
    size_t length;
};

/* Runtime: connect to the agent where the plan has an action NOTIFY and a path; else connection is -1. */
int seccomp_notify_connect(const struct plan_seccomp *plan, struct seccomp_notify *notify,
                           struct error *error);

/* The document. pid: as the runtime sees the process; state_json: the OCI state. */
int seccomp_notify_describe(const struct plan_seccomp *plan, const char *oci_version, pid_t pid,
                            const char *state_json, struct seccomp_notify *notify, struct error *error);

/*
 * Load the program and hand its notify descriptor over. report: where a struct error is sent
 * (sandbox_message.h) when the agent cannot be reached any more; the process ends then, with status 126, as
 * it could not say so itself under the filter. -1: nothing is loaded.
 */
int seccomp_notify_load(const struct seccomp_program *program, const struct seccomp_notify *notify,
                        int report, struct error *error);
