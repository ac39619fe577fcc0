/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters of a set of policies as one: for diff and seccomp. */
#pragma once

#include "cli/policy_command.h"
#include "policy/syscalls.h"

/* What all policies of the set answer together (those in audit mode answer nothing); `own` is met as well,
 * NULL: there is none. *filter: NULL when there is nothing to answer. */
int policy_filter_of(const struct policy_set *set, const struct syscall_circumstances *circumstances,
                     const struct spec_seccomp *own, struct arena *arena, const struct spec_seccomp **filter,
                     struct error *error);
