/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that are newer than libseccomp's tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of a call that the oldest supported libseccomp (2.5.4) may not know, before an ABI's own offset
 * is added (all architectures share the numbers from 424 on but for the offset: x32 bit 30, mips o32 4000,
 * n64 5000, n32 6000). -1: not in the table. *x86_64_only: the call exists there alone.
 */
int seccomp_newer_number(const char *name, bool *x86_64_only);

/* The name of a number above: n of the table, offset removed; NULL: not in it. */
const char *seccomp_newer_name(uint32_t number);

/* What an architecture (AUDIT_ARCH_…; x32's numbers belong to x86_64) calls a number; the caller frees it.
 * NULL: nothing, as far as we know. Beside libseccomp, in seccomp_compile.c. */
char *seccomp_call_name(uint32_t audit, uint32_t number);
