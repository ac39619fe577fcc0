/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observe the host: what plan/host_facts.h holds. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "plan/host_facts.h"

enum host_probe_depth {
    HOST_PROBE_QUICK, /* what every plan needs, in a handful of system calls; interfaces are assumed present
                         and found missing in use */
    HOST_PROBE_FULL,  /* everything, each interface tried: `features`, `plan`, `--host-facts` */
};

/*
 * Fill facts; strings and lists live in the arena. QUICK leaves out what is found out in use (the has_…
 * members and seccomp's are set, memfd_noexec is not) and does not look for newuidmap and newgidmap as root.
 * Errors: only what no plan can do without (ids, capabilities, /proc).
 */
int host_probe(enum host_probe_depth depth, struct arena *arena, struct host_facts *facts,
               struct error *error);

/* The second half of FULL: try each interface, in a child of its own where that has effects. */
int host_probe_interfaces(struct host_facts *facts, struct error *error);
