/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many decisions there were on a container, and how many of them could not be told: whoever collects the
 * events sees by it what is missing. */
#pragma once

#include <stdint.h>
#include "base/error.h"

/* Two counters that all commands on a container share, in its state directory (file `decisions`). */
struct decision_counters {
    uint64_t sequence; /* of the last decision, from 1 */
    uint64_t dropped;
};

/* Map them; directory: the container's state directory. Exec takes no lock of the container, so they are
 * counted up by atomic additions. Unmap with decision_counters_unmap. */
int decision_counters_map(int directory, struct decision_counters **counters, struct error *error);
void decision_counters_unmap(struct decision_counters **counters);
#define cleanup_counters __attribute__((cleanup(decision_counters_unmap)))
