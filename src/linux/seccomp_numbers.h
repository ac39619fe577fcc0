/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that are newer than libseccomp's tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of a call that the oldest supported libseccomp (2.5.4) may not know, before an ABI's own offset
 * is added (all architectures share the numbers from 424 on but for the offset: x32 bit 30, mips o32 4000,
 * n64 5000, n32 6000). -1: not in the table. *only: the one architecture (AUDIT_ARCH_…) that has the call; 0:
 * all.
 */
int seccomp_newer_number(const char *name, uint32_t *only);

/* The name of a number of that table, its offset removed; NULL: audit has none. */
const char *seccomp_newer_name(uint32_t number, uint32_t audit);

/* What an architecture (AUDIT_ARCH_…; x32's numbers belong to x86_64) calls a number; the caller frees it.
 * NULL: nothing, as far as we know. Beside libseccomp, in seccomp_compile.c. */
char *seccomp_call_name(uint32_t audit, uint32_t number);
