/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The documents of `events`, in the shape that runc gave them. Pure. */
#pragma once

#include "base/text.h"
#include "linux/cgroup_stats.h"
#include "linux/network_counters.h"

struct events_sample {
    const struct cgroup_stats *stats;
    const struct network_counters *interfaces; /* NULL: the container has none of its own */
    size_t interface_count;
    const char *schemata; /* of its class of resource control, NULL: none */
};

/*
 * One line: {"type":"stats","id":ID,"data":{…}}. Times of processors are in nanoseconds, sizes in bytes,
 * pressure in percent (avg…) and microseconds (total). "swap" is memory and swap together, as OCI counts it.
 * What was not there to be read has no member. No limit is 18446744073709551615, for pids 0.
 */
void events_append_stats(struct text *text, const char *id, const struct events_sample *sample);

/* {"type":"oom","id":ID} */
void events_append_oom(struct text *text, const char *id);
