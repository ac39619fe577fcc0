/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a container away: shared by delete, the end of run, and start when a hook fails. All under the
 * container's lock. */
#pragma once

#include <stdbool.h>
#include "container/observe.h"
#include "container/operations.h"
#include "container/record.h"

enum { DESTROY_TIMEOUT_MS = 10000 };

/* End init and whatever else is in the cgroup, and wait until init has ended, at most DESTROY_TIMEOUT_MS
 * (ERROR_LIMIT: a process that the kernel cannot end, e.g. in an uninterruptible wait; the record stays). */
int destroy_processes(const struct record *record, const struct observation *observation,
                      struct error *error);

/* Remove everything of a stopped container: cgroup, resctrl class, then poststop hooks, then the state. What
 * cannot be removed is an error and keeps the state, so that delete can be repeated. */
int destroy_remains(const struct runtime *runtime, int root, int directory, const struct record *record,
                    bool same_boot, struct error *error);

/* The record is missing or broken: unless nothing but the claim was made, find the cgroup by the kept
 * configuration or by the default's rule, kill and remove it, then the state. */
int destroy_unrecorded(const struct runtime *runtime, int root, int directory, const char *id,
                       struct error *error);
