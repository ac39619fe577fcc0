/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program's session keyring: keys are not namespaced, so a container that kept the caller's would read
 * the host's secrets. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/*
 * Leave the caller's session keyring for the container's own, named plan->keyring_name so that later
 * processes of the container share it, and let its members search it. A keyring of that name that belongs to
 * another user is not taken: an unnamed one is made instead. *fallback (never NULL) is set to a static text
 * in that case and where the kernel or an outer container forbids keyrings (ENOSYS, EPERM, EACCES); otherwise
 * it is left alone.
 */
int keyring_join(const struct plan_process *plan, const char **fallback, struct error *error);
