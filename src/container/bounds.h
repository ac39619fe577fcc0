/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policies that a container was created under, for the commands that come later. */
#pragma once

#include "container/policies.h"
#include "container/record.h"

struct bounds {
    struct policy_set policies; /* empty: nothing bounds it */
    struct policy_layers layers;
    struct policy_observed observed; /* the host's part */
};

/* Read bounds.json where the record says that there is one: a missing one is an error, never "no bound". */
int bounds_read(const struct record *record, int directory, const struct host_facts *facts,
                struct arena *arena, struct bounds *bounds, struct error *error);

/* Tell of a decision about a command (container/decision_events.h). A refusal that cannot be told stays a
 * refusal. */
struct decision_event;
int bounds_tell(const struct policies_request *request, const struct decision_event *event, int directory,
                const struct notices *notices, struct arena *arena, struct error *error);
