/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we know about system calls beyond libseccomp's tables: calls that are newer than the library, and
 * arguments narrower than a register. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of a call that the oldest supported libseccomp (2.5.4) may not know, before an ABI's own offset
 * is added (all architectures share the numbers from 424 on but for the offset: x32 bit 30, mips o32 4000,
 * n64 5000, n32 6000). -1: not in the table. *x86_64_only: the call exists there alone.
 */
int seccomp_newer_number(const char *name, bool *x86_64_only);

/* Does the kernel look at the low 32 bits only of this argument (0..5) of the call? Only calls that filters
 * judge by arguments are listed. */
bool seccomp_argument_narrow(const char *name, uint32_t index);
