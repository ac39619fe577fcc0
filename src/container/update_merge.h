/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container has after an update. Pure. */
#pragma once

#include "base/arena.h"
#include "plan/plan.h"
#include "spec/spec.h"

/*
 * The grant with what is asked for put into it, in the arena. What is absent, and zero where engines mean
 * "unset" by it, changes nothing; lists go by device, page size or file. Device rules are the grant's.
 * writes: the plan of `asked`: a file of the grant's "unified" that it sets otherwise gives way.
 */
const struct spec_resources *update_merge(const struct spec_resources *granted,
                                          const struct spec_resources *asked,
                                          const struct plan_cgroup *writes, struct arena *arena);

/* The lines of a value of "unified" without what `line` sets: "8:0 rbps=1 wbps=2" less "8:0 rbps=5" is "8:0
 * wbps=2". "" when nothing stays. */
const char *update_merge_lines(const char *value, const char *line, struct arena *arena);

/* Do the asked device rules say something else than the granted ones? A single "deny all" says nothing:
 * engines send it with every update. */
bool update_asks_for_devices(const struct spec_resources *granted, const struct spec_resources *asked);
