/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which paths of the host a decision will ask about: what container/observe_request.c looks at, and nothing
 * else. Kept beside the sections that ask.
 */
#pragma once

#include "policy/policy.h"

/*
 * Two rounds. First (seen NULL): what the request names, where a policy has a rule for it. Then (seen: the
 * facts of the first): what policies name, as far as it matters: places of patterns when a path of the
 * request is not covered by words alone, what is denied with all directories above it. Ordered by strcmp,
 * each once.
 */
struct json_strings policy_asked_paths(const struct spec *spec, const struct policy_set *policies,
                                       const struct policy_observed *seen, const char *bundle,
                                       struct arena *arena);

/* Has it to be known where the host has file systems of the kernel mounted? When a source, as it was
 * observed, could bring one along, and a policy says what must be masked. */
bool policy_asks_kernel_mounts(const struct spec *spec, const struct policy_set *policies,
                               const struct policy_observed *observed, struct arena *arena);

/* Are digests of hooks asked for, and facts of namespaces? */
bool policy_asks_hook_digests(const struct policy_set *policies);
/* Is this the digest of a hook that some policy allows by it? */
bool policy_names_hook_digest(const struct policy_set *policies, const struct digest *digest);
bool policy_asks_namespaces(const struct policy_set *policies);
