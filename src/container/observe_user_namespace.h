/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who a container's users are on the host, where it joins a user namespace. */
#pragma once

#include <sys/types.h>
#include "policy/policy.h"

/* Fill the mappings of the fact about a user namespace that exists. What cannot be looked at is left out. */
void observe_user_namespace(struct policy_namespace_fact *fact, struct arena *arena);

/* Does some policy bind who the program runs as? Then it is worth a process. */
bool observe_asks_users(const struct policy_set *policies);

/* exec: the same of a running container, from its first process, if the granted configuration has it join a
 * user namespace and a policy asks. */
void observe_user_namespace_of(const struct spec *granted, pid_t pid, const struct policy_set *policies,
                               struct arena *arena, struct policy_observed *observed);
