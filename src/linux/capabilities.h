/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The five capability sets and the secure bits, set exactly, read back and compared. By the system calls
 * themselves: what the kernel knows counts, not what a library knows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "plan/plan.h"

/* A capability beside the plan's, needed by the runtime itself until execve; 0: none. */
#define CAPABILITIES_FOR_FILTER (UINT64_C(1) << 21) /* CAP_SYS_ADMIN */

/* Does the calling thread have this capability in its effective set? */
bool capabilities_effective(unsigned int capability);

/* Secure bits to zero: inherited ones would change what the sets mean at execve. Needs CAP_SETPCAP where
 * there are any. */
int capabilities_clear_securebits(struct error *error);

/* Drop from the bounding set whatever plan does not name, up to the last capability that this kernel knows.
 * Needs CAP_SETPCAP in the current user namespace, so it comes before the ids change; what is absent already
 * needs no right. */
int capabilities_limit_bounding(const struct plan_capabilities *plan, struct error *error);

/* Let the permitted set survive the change from user 0 to another one (PR_SET_KEEPCAPS), or not any more. */
int capabilities_keep(bool keep, struct error *error);

/*
 * After the ids: inheritable exactly, permitted and effective with `extra` added, ambient cleared and raised
 * anew.
 *
 * extra is CAPABILITIES_FOR_FILTER where a seccomp filter is loaded, or a Landlock layer entered, without
 * no_new_privs, which needs that right. It cannot reach the program: without no_new_privs execve computes the
 * new permitted and effective sets from the inheritable, bounding and ambient sets and the file's, never from
 * the old permitted one (capabilities(7)). With no_new_privs extra must be 0.
 */
int capabilities_set(const struct plan_capabilities *plan, uint64_t extra, struct error *error);

/* Read all five and the secure bits back and compare; a difference is a refusal. */
int capabilities_verify(const struct plan_capabilities *plan, uint64_t extra, struct error *error);
