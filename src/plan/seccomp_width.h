/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters compare 64 bits; the kernel reads many arguments as 32. A rule that forbids ioctl(…, TIOCSTI) by
 * SCMP_CMP_EQ lets TIOCSTI | 1 << 32 through, which the kernel takes for TIOCSTI all the same. The
 * specification wants the comparison as written, so it stays, and whoever reads the plan is told.
 */
#pragma once

#include "plan/builder.h"

/* Note each comparison of a rule that forbids which the upper half of a 32-bit argument evades. Rules that
 * allow are left alone: there an upper half only makes them stricter. */
void plan_seccomp_note_widths(struct plan_builder *builder, const struct plan_seccomp_rule *rule);
