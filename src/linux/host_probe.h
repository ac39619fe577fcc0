/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observe the host: what plan/host_facts.h holds. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "plan/host_facts.h"

enum host_probe_depth {
    HOST_PROBE_QUICK, /* what every plan needs, in a handful of system calls; interfaces are assumed present and found missing in use */
    HOST_PROBE_FULL,  /* everything, each interface tried: `features`, `plan`, `--host-facts` */
};

int host_probe(enum host_probe_depth depth, struct arena *arena, struct host_facts *facts, struct error *error);
