/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One filter that answers what several stacked ones answer: for runtimes that take one (`policy apply`,
 * "delegate"), and for tests. thwart itself needs none: it compiles the stack (linux/seccomp.h).
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "spec/spec.h"

/*
 * For each call the strictest answer of all filters; among equally strict ones that of the earlier filter.
 * Architectures: those that all filters list; the others are left to the runtime, which kills. Calls that no
 * filter and no kernel known to this build names get ENOSYS where each filter refuses what it does not name.
 * Where libseccomp cannot tell a call's refusals by different errnos apart (policy/syscall_order.c), all have
 * one of them, or the default's. Otherwise exact, or -1: ERROR_UNSUPPORTED naming the call that one filter
 * cannot express (two listeners, too many conditions). *meet: NULL for no filters. One filter alone is
 * rewritten as well: as it stands libseccomp may read otherwise in it than thwart does.
 */
int policy_filter_meet(const struct spec_seccomp *const *filters, size_t count, const char *native,
                       struct arena *arena, const struct spec_seccomp **meet, struct error *error);
