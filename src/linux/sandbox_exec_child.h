/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that is added to a container. The first process enters the container and gives up its rights
 * while the container cannot see it: it is in the container's pid namespace only for its children. The
 * second, its sibling, is born with the program's ids and capabilities and has only to become it
 * (CVE-2016-9962: what the container can trace in between has nothing to give).
 *
 *   exec                            first                       second
 *   clone3(cgroup) ───────────────▶ [waits for its cgroup]
 *                                   one setns, rights dropped
 *                                   clone3(CLONE_PARENT) ─────▶ waits
 *           ◀─────── born, pidfd ── ends
 *   [scheduler] ─── continue ──────────────────────────────────▶ filter, execve
 *           ◀────────────────────────────────────────────────── end of file | error
 */
#pragma once

#include "linux/sandbox.h"
#include "linux/sandbox_process.h"

struct sandbox_exec_child {
    const struct sandbox_exec_request *request;
    struct sandbox_process process;
    int init; /* pidfd of the container's init, verified */
    int parent_end, control;
    bool waits; /* until the runtime has had it put into its cgroup */
};

/* The first process. Never returns. */
_Noreturn void sandbox_exec_child_run(struct sandbox_exec_child *child);
