/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seccomp profiles in the form that container engines share ("Docker's format"): OCI's, with archMap and, for
 * each rule, includes and excludes {caps, arches, minKernel}, comment, and the older single `name`.
 *
 * Its conditions are resolved here: `includes.caps`: all must be granted; `excludes.caps`: one suffices to
 * drop the rule; arches: one of them is the native one; minKernel: "major.minor" or newer. excludes are asked
 * first. Refused: `architectures` beside `archMap`, `names` beside `name`, a profile with neither a default
 * action nor a rule (which engines take for "no filter"), unknown members.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "json/json.h"
#include "policy/syscalls.h"

/*
 * Resolve a profile. file: for messages. *seccomp: as OCI has it: rules that hold, architectures from
 * archMap. circumstances NULL: only check the profile, as when a policy is read. -1: ERROR_INVALID,
 * "FILE:LINE:COLUMN: what".
 */
int syscall_profile_resolve(const struct json_value *profile, const char *file,
                            const struct syscall_circumstances *circumstances, struct arena *arena,
                            const struct spec_seccomp **seccomp, struct error *error);

/* The rules alone of such a profile (an array), for groups. */
int syscall_profile_rules(const struct json_value *rules, const char *file,
                          const struct syscall_circumstances *circumstances, struct arena *arena,
                          struct json_structs *resolved, struct error *error);
