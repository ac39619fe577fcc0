/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "maskedPaths": "default" and "readonlyPaths": "default": what every container engine hides by default. */
#pragma once

#include <stddef.h>

extern const char *const policy_default_masked[], *const policy_default_readonly[];
extern const size_t policy_default_masked_count, policy_default_readonly_count;
