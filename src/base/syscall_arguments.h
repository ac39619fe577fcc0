/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bits of a system call's argument the kernel looks at. Filters see all 64 of a register; a rule
 * that compares them all with "ioctl request TIOCSTI" lets TIOCSTI | 1 << 32 through, which the kernel takes
 * for TIOCSTI all the same.
 */
#pragma once

#include <stdint.h>

/* Of argument index (0..5): 16, 32 or 64. Calls that are not known, and pointers, sizes and offsets: 64. */
unsigned int syscall_argument_width(const char *name, uint32_t index);
