/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks that later commands run (`start`, `delete`) from the record. */
#pragma once

#include "base/arena.h"
#include "container/notices.h"
#include "container/record.h"
#include "plan/plan.h"

/* The subset of hooks that goes into a record: startContainer, poststart, poststop; NULL when all are empty.
 */
const struct spec_hooks *hook_list_for_record(const struct spec_hooks *hooks, struct arena *arena);

/* As the effects want them; in the arena. */
struct plan_hook_list hook_list_resolve(const struct json_structs *hooks, struct arena *arena);

/* Run poststart hooks with the state "running"; the first failure is the error. */
int hook_list_run_poststart(const struct record *record, struct arena *arena, struct error *error);

/* Run poststop hooks with the state "stopped", all of them; failures are notices (runtime.md, step 13). */
void hook_list_run_poststop(const struct record *record, const struct notices *notices, struct arena *arena);
