/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line on standard error that tells how far a check is: only where that is a terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "check/format.h"

struct check_progress {
    bool wanted, shown;
    int64_t next_ms; /* when it is drawn again */
};

void check_progress_begin(struct check_progress *progress, bool wanted);

/* Draw it, at most ten times a second, and not in the first half. */
void check_progress_show(struct check_progress *progress, const struct check_totals *totals);

/* Before anything else is written, and at the end. */
void check_progress_hide(struct check_progress *progress);
