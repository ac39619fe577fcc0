/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters by libseccomp's own generator, as other runtimes have them made; for tests that compare answers. */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include "plan/plan.h"

/* As crun and runc hand a profile to libseccomp: rules that equal the default are left out, one of
 * libseccomp's for each rule and name. What is stacked with the plan is not looked at. room: instructions,
 * more than the program has. The test fails when they are too few, or libseccomp refuses a rule. Returns the
 * number of instructions. */
size_t seccomp_library_program(const struct plan_seccomp *plan, struct sock_filter *program, size_t room);
