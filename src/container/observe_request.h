/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look at what a request names on this host, for the decision: namespaces' inodes, where mount sources and
 * hooks really are. Nothing is looked at that no policy asks about. */
#pragma once

#include "plan/host_facts.h"
#include "policy/policy.h"

int observe_request(const struct spec *spec, const char *bundle, const struct policy_set *policies,
                    const struct host_facts *facts, const struct json_notes *notes, struct arena *arena,
                    struct policy_observed *observed, struct error *error);

/* The same facts of the host alone, for exec and update. */
struct policy_host observe_policy_host(const struct host_facts *facts, struct arena *arena);
