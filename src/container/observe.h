/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a container as it is seen now (process, lock, cgroup, start gate), not as a file claims. */
#pragma once

#include <stdbool.h>
#include "base/error.h"
#include "container/lifecycle.h"
#include "container/record.h"
#include "linux/process_identity.h"

struct observation {
    enum container_status status;
    int pidfd;      /* of init while it lives, else -1; the caller's */
    bool same_boot; /* the record is of this boot: its pid and cgroup mean something */
};

#define OBSERVATION_NONE                                                                                     \
    {                                                                                                        \
        .status = CONTAINER_BROKEN, .pidfd = -1                                                              \
    }

/*
 * Look. directory: the container's state directory. locked: the caller holds its lock itself. Never blocks.
 * -1 only when a question could not be answered.
 */
int observe(const struct record *record, int directory, bool locked, struct observation *observation,
            struct error *error);

void observation_close(struct observation *observation);
#define cleanup_observation __attribute__((cleanup(observation_close)))

/* The process that the record names. */
struct process_identity record_process(const struct record *record);
