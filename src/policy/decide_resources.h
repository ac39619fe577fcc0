/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of `resources`, one file each, and what they share. Nothing requested is "unlimited", and so
 * beyond every bound. */
#pragma once

#include "policy/decider.h"

/* What the request asks of its cgroup; never NULL. */
const struct spec_resources *decide_requested_resources(const struct decider *decider);

/* Can this host hold the container to it: is there a cgroup, and the controller? If not that is a finding,
 * and false. key: "resources.memory". */
bool decide_can_limit(struct decider *decider, const struct policy_rule *rule, const char *controller,
                      const char *pointer, const char *key);

/* requested is above maximum: judge it (true: narrow). */
bool decide_above(struct decider *decider, const struct policy_rule *rule, const char *id,
                  const char *pointer, const char *subject, const char *what, uint64_t requested,
                  uint64_t maximum);

/* UINT64_MAX, and what the specification's signed numbers can say at most. */
int64_t decide_signed(uint64_t value);

void decide_memory(struct decider *decider, const struct policy_maximum *rule);
void decide_swap(struct decider *decider, const struct policy_maximum *rule);
void decide_cpu(struct decider *decider, const struct policy_maximum *rule);
void decide_io(struct decider *decider, const struct policy_io *rule);
