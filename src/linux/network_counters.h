/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container's network interfaces have carried, as the kernel counts it in /proc/PID/net/dev. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"

/* As seen from within the container. */
struct network_counters {
    const char *name;
    uint64_t received_bytes, received_packets, received_errors, received_dropped;
    uint64_t sent_bytes, sent_packets, sent_errors, sent_dropped;
};

/*
 * The interfaces of the network namespace of process pid, in the arena; *items is NULL when that is the
 * runtime's own: then they are the host's. pidfd: of that process; when it has ended meanwhile *items is NULL
 * as well.
 */
int network_counters_read(pid_t pid, int pidfd, struct arena *arena, const struct network_counters **items,
                          size_t *count, struct error *error);

/* The text of /proc/PID/net/dev. Lines that do not have its form are skipped. */
void network_counters_parse(const char *text, struct arena *arena, const struct network_counters **items,
                            size_t *count);
