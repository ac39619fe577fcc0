/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks that later commands run (`start`, `delete`) from the record. */
#pragma once

#include "base/arena.h"
#include "container/notices.h"
#include "container/record.h"
#include "plan/plan.h"
#include "policy/observed.h"

/* The subset of hooks that goes into a record: startContainer, poststart, poststop; NULL when all are empty.
 */
const struct spec_hooks *hook_list_for_record(const struct spec_hooks *hooks, struct arena *arena);

/* What was seen of the programs of poststart and poststop hooks when a policy decided on them: struct
 * record_judged_hook, each path once. */
struct json_structs hook_list_judged(const struct spec_hooks *hooks, const struct policy_observed *observed,
                                     struct arena *arena);

/* As the effects want them; in the arena. judged: as above. A program is held to its place and, where they
 * had a say, its contents; not to its inode: packages are updated while containers run. */
struct plan_hook_list hook_list_resolve(const struct json_structs *hooks, const struct json_structs *judged,
                                        struct arena *arena);

/* Run poststart hooks with the state "running"; the first failure is the error. */
int hook_list_run_poststart(const struct record *record, struct arena *arena, struct error *error);

/* Run poststop hooks with the state "stopped", all of them; failures are notices (runtime.md, step 13). */
void hook_list_run_poststop(const struct record *record, const struct notices *notices, struct arena *arena);
