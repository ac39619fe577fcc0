/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the program is: umask, groups, gid, uid. Set exactly, once, in the one order that works, and read back
 * (attack class E: kept supplementary groups, ids that were parsed or applied wrongly).
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/*
 * Become the root of the user namespace that was just entered (or its first mapped id where 0 is not mapped),
 * so that the mounts and files made from here on have an owner. plan: the namespace's mappings; without any
 * (a joined namespace) 0 is tried and an unmapped 0 leaves the ids as they are. Capabilities are kept: they
 * were gained with the namespace.
 */
int credentials_become_namespace_root(const struct plan_namespaces *plan, struct error *error);

/*
 * setgroups exactly once (not at all with keep_groups: see there), then all four gids,
 * then all four uids: the right to change groups goes with the uid. The umask likewise: 022 where the
 * configuration has none. setresuid clears the parent death signal and the dumpable flag's value: the caller
 * sets both again.
 */
int credentials_set(const struct plan_process *plan, struct error *error);

/* Read ids and groups back and compare; a difference is a refusal. */
int credentials_verify(const struct plan_process *plan, struct error *error);
