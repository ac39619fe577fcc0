/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images say of themselves what rights their processes have, and anybody may have written them. Before
 * anything of a restored container runs, what it is must be within what was granted now.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

/*
 * Look at every thread of the stopped container: capabilities within the grant's, no_new_privs and a seccomp
 * filter where the grant has them; at namespaces, its own and those that it joins, masked and read-only paths
 * where the grant says so; without CAP_SYS_ADMIN at each mount (restore_mounts.h). Threads in a user
 * namespace below the container's have no rights over anything of it and are not asked for capabilities.
 * criu: its own process, which is in the container's cgroup until it ends. ERROR_DENIED names the process and
 * what is too much.
 */
int restore_verify(const struct plan *plan, pid_t init, pid_t criu, struct error *error);

/* Of one thread, as /proc/PID/status tells it; for tests. */
struct restore_credentials {
    uint64_t capabilities; /* in any of the five sets */
    bool no_new_privileges, filtered;
};

/* false: a line is missing. */
bool restore_parse_status(const char *text, struct restore_credentials *credentials);

/* NULL, or in words what is beyond the grant. */
const char *restore_judge(const struct plan_process *process, const struct restore_credentials *credentials,
                          bool in_container_user_namespace);
