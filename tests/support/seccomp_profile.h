/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seccomp profiles for tests: out of a config.json, without thwart's own reader, and the numbers that an
 * evaluator needs. */
#pragma once

#include <stddef.h>
#include "base/arena.h"
#include "plan/plan.h"
#include "seccomp_evaluator.h"

/* linux.seccomp of a bundle's config.json; the test fails when there is none. */
struct plan_seccomp *seccomp_profile_load(const char *directory, const char *name, struct arena *arena);

/* x86_64, i386 and x32, in this order. */
enum { PROFILE_X86_64, PROFILE_I386, PROFILE_X32, PROFILE_ABIS };
extern const struct evaluator_abi seccomp_profile_abis[PROFILE_ABIS];

/* Values of an argument at which some condition of plan, or of a filter stacked with it, may change
 * its mind, without duplicates: 0, all ones, and around each constant. */
size_t seccomp_profile_edges(const struct plan_seccomp *plan, uint32_t index, uint64_t *values, size_t room);
