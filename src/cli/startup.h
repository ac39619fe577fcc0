/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process as it must be before it does anything for its caller: descriptors, signals, credentials,
 * dumpability. */
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

/* Before the command line is looked at. AT_SECURE (set-user-ID, file capabilities) is refused: ERROR_DENIED.
 */
int startup_harden(struct error *error);

/* As soon as it is known which descriptors the caller wants to hand on: 3 … 2+kept must be open, all others
 * become close-on-exec. */
int startup_descriptors(uint32_t kept, struct error *error);

/* The umask that the caller had; ours is 077. For files that are the user's and not ours. */
mode_t startup_caller_umask(void);
