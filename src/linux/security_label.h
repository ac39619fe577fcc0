/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The label of the program under AppArmor or SELinux: set for the next execve, read back. By
 * lsm_set_self_attr(2) (Linux 6.8), which names no file and so cannot be redirected to one (CVE-2019-16884,
 * CVE-2025-52881); where the kernel lacks it (ENOSYS), by the attribute file of a procfs of our own.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* The label that keys made from here on get (SELinux); nothing without one. Before the session keyring is
 * made. */
int security_label_keys(const struct plan_process *plan, struct error *error);

/* The label of the program. As late as possible, but before the rights are dropped that setting it may need.
 * *fallback (never NULL) is set to a static text when the attribute file was used, and left alone otherwise.
 */
int security_label_set(const struct plan_process *plan, const char **fallback, struct error *error);
