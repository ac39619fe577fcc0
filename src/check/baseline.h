/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report of an earlier run, whose findings are known. */
#pragma once

#include "check/judge.h"

/* Fill loaded->known with the fingerprints of a report of --format json, ordered. Errors: ERROR_INVALID for
 * what is none. */
int check_baseline_read(const char *path, struct arena *arena, struct check_loaded *loaded,
                        struct error *error);
