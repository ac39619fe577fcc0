/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan becomes a process: the two straight-line files sandbox_parent.c and sandbox_child.c, and exec's own
 * pair.
 *
 *   create                          init (child)
 *   ------                          ------------
 *   cgroup, filter, sources
 *   clone3 ───────────────────────▶ namespaces, mounts, devices …
 *   [maps]  ◀── only with a user ── [wait for maps]
 *   [hooks] ◀── only with hooks ─── [mounts ready]
 *   born() callback: pid on record
 *         ── recorded ───────────▶ … everything but the program; only then may it outlive the runtime
 *           ◀───── ready | error ──
 *   returns                         waits: start gate (create) or the control socket (run)
 *   start ── go ──────────────────▶ startContainer hooks, layers, filter, execve
 *         ◀── end of file | error
 *
 * Messages are `struct sandbox_message` over a SOCK_SEQPACKET pair; a struct error crosses as it is. The
 * child dies when its peer does until it is ready (PDEATHSIG and end of file), afterwards only the gate
 * matters.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "linux/cgroup.h"
#include "linux/process_identity.h"

/* What the container floor lends to the sandbox. Descriptors stay the caller's. */
struct sandbox_request {
    const struct plan *plan;
    const struct host_facts *facts;
    int state_directory; /* where the start gate's socket is made; -1 for run (the control socket starts it)
                          */
    int console_socket;  /* connected unix stream socket that gets the terminal's master; -1: none */
    bool plain_lines;    /* the terminal's output ends in a file or a pipe: lines without carriage returns */
    const char *seccomp_cache; /* directory for compiled filters, NULL: no cache */
    /* Called right after the clone, before the child may do anything that outlives it: put the pid on record.
     */
    int (*born)(void *context, const struct process_identity *process, struct error *error);
    /* The OCI state document for hooks and listeners at this moment; status "creating", "created", "running",
     * "stopped". Result is valid until the next call. */
    const char *(*hook_state)(void *context, const char *status, pid_t pid);
    void *context;
    /* A named fallback was taken, or something reads otherwise than it looks; text is valid during the call.
     * NULL: not wanted. */
    void (*notice)(void *context, const char *text);
    /* Filled before born() is called, and before a failure is returned, with what cgroup_create made: for the
     * record; NULL: not wanted. */
    struct cgroup_made *cgroup_made;
};

struct sandbox {
    struct process_identity process;
    int pidfd;   /* the caller's to close */
    int control; /* socket to the child: run uses it to start the program and to learn of a failed execve; -1
                    after create */
};

/* Everything up to "created". On error nothing of it is left: child reaped, cgroup removed, mounts gone. */
int sandbox_create(const struct sandbox_request *request, struct sandbox *sandbox, struct error *error);

/* run only: let the program start; returns when execve succeeded, or -1 with the child's error. */
int sandbox_start(struct sandbox *sandbox, struct error *error);

/* A process inside an existing container. */
struct sandbox_exec_request {
    const struct plan *container; /* its plan: cgroup, namespaces, rootfs facts */
    const struct plan_process *process;
    const struct host_facts *facts;
    struct process_identity init; /* verified against before joining */
    int console_socket;
    bool plain_lines; /* as in sandbox_request */
    const char *seccomp_cache;
    const char *sub_cgroup; /* --cgroup: beneath the container's, NULL: the container's current one */
    bool wait_for_thaw;     /* in a frozen cgroup, wait as long as it is; otherwise that is ERROR_STATE */
    const char *(*hook_state)(void *context, const char *status, pid_t pid); /* for a notify listener */
    void (*notice)(void *context, const char *text);                         /* as in sandbox_request */
    void *context;
};

/* Start it and return once execve succeeded; the process is our child (or, detached, will be re-parented). */
int sandbox_exec(const struct sandbox_exec_request *request, struct sandbox *sandbox, struct error *error);
