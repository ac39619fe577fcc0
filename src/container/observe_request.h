/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at what a request names on this host, for the decision: namespaces' inodes, where mount sources and
 * hooks really are, which file systems of the kernel come along with a source. Nothing is looked at that no
 * policy asks about (policy/asked_paths.h), and nothing that is looked at is opened, waited for or changed
 * (linux/path_facts.h).
 *
 * What is observed can be another thing a moment later. The plan binds what it can: a bind mount is of the
 * object that was judged (plan_inputs.observed, plan_mount.source_judged), or fails; so are namespaces that are
 * joined and programs of hooks (plan_namespace.judged, plan_hook.judged).
 */
#pragma once

#include "plan/host_facts.h"
#include "policy/policy.h"

/*
 * bundle: absolute. Everything in *observed lives in the arena; notes are borrowed. cgroup_disabled is left
 * to the caller. What cannot be looked at (not permitted, not there) is a fact as well; errors: a host
 * without /proc, a path longer than the kernel's.
 */
int observe_request(const struct spec *spec, const char *bundle, const struct policy_set *policies,
                    const struct host_facts *facts, const struct json_notes *notes, struct arena *arena,
                    struct policy_observed *observed, struct error *error);

/* The same facts of the host alone, for exec and update. */
struct policy_host observe_policy_host(const struct host_facts *facts, struct arena *arena);

/* And the runtime's own OOM score, if a policy bounds it: a process has it that asks for none. */
void observe_oom_score(const struct policy_set *policies, struct policy_host *host);
