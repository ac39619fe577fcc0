/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel parameters of the container's namespaces. One value, one write, nothing joined (CVE-2022-0811). */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

/* Write them all, from inside the container's namespaces, after the pivot. Each is read back where reading is
 * defined. */
int sysctl_apply(const struct plan *plan, struct error *error);
