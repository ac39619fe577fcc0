/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cgroup has used, read from its files (cgroup-v2.rst). A controller that the cgroup does not have
 * leaves its part absent: nothing is invented. Parsers are bounded by the text that they are given, and skip
 * what they do not know: newer kernels say more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

/* "max" in a file. */
#define CGROUP_NO_LIMIT UINT64_MAX

struct cgroup_number {
    uint64_t value;
    bool present;
};

/* Lines "key value", in the file's order. */
struct cgroup_pair {
    const char *key;
    uint64_t value;
};
struct cgroup_pairs {
    const struct cgroup_pair *items;
    size_t count;
};

/* Pressure stall information: shares of time in hundredths of a percent, over the last seconds, and the sum
 * in microseconds. */
struct cgroup_pressure_line {
    bool present;
    uint32_t average_10s, average_60s, average_300s;
    uint64_t total_us;
};
struct cgroup_pressure {
    struct cgroup_pressure_line some, full;
};

struct cgroup_cpu_stats {
    struct cgroup_number usage_us, user_us, system_us;
    struct cgroup_number periods, throttled_periods, throttled_us; /* the controller's */
    struct cgroup_pressure pressure;
};

/* Bytes. refusals: how often the limit stood in the way. */
struct cgroup_memory_use {
    struct cgroup_number usage, limit, peak, refusals;
};

struct cgroup_memory_stats {
    struct cgroup_memory_use memory, swap; /* swap alone, not together with memory as OCI counts it */
    struct cgroup_pairs raw;               /* memory.stat */
    struct cgroup_pressure pressure;
};

struct cgroup_io_device {
    uint32_t major, minor;
    struct cgroup_number read_bytes, write_bytes, discard_bytes, reads, writes, discards;
};

struct cgroup_io_stats {
    bool present;
    const struct cgroup_io_device *devices;
    size_t count;
    struct cgroup_pressure pressure;
};

struct cgroup_hugetlb_stats {
    const char *page_size; /* "2MB" */
    struct cgroup_number usage, refusals;
};

struct cgroup_stats {
    struct cgroup_cpu_stats cpu;
    struct cgroup_memory_stats memory;
    struct cgroup_io_stats io;
    struct cgroup_number processes, process_limit; /* pids */
    const char *cpus, *memory_nodes; /* cpuset: those in effect, "0-3,7"; NULL: no such controller */
    const struct cgroup_hugetlb_stats *hugetlb;
    size_t hugetlb_count;
};

/* Read all of them, into the arena. ERROR_NOT_FOUND when the cgroup is gone. */
int cgroup_stats_read(const char *mount, const char *path, struct arena *arena, struct cgroup_stats *stats,
                      struct error *error);

/*
 * memory.events, to be polled for POLLPRI after each cgroup_oom_kills; *file is -1 when the cgroup has no
 * memory controller. The caller closes it.
 */
int cgroup_oom_open(const char *mount, const char *path, int *file, struct error *error);

/* How many processes the kernel has killed for memory in it and below. False when the cgroup is gone. */
bool cgroup_oom_kills(int file, uint64_t *count);

/* ---- parsers ---- */

struct cgroup_pairs cgroup_pairs_parse(const char *text, struct arena *arena);
/* Absent when there is none of this key. */
struct cgroup_number cgroup_pair_find(const struct cgroup_pairs *pairs, const char *key);
/* "123" or "max". */
struct cgroup_number cgroup_number_parse(const char *text);
struct cgroup_pressure cgroup_pressure_parse(const char *text);
/* "8:0 rbytes=1 wbytes=2 …", a line a device; devices of which nothing is told are left out. */
void cgroup_io_parse(const char *text, struct arena *arena, struct cgroup_io_stats *io);
