/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the host's ps that are about certain processes. Pure. */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/text.h"

/*
 * Append ps's heading and those of its lines whose PID is among processes (ascending, count of them). The PID
 * of a line is found by the heading's column of that name: by its number among the words, and where words of
 * an earlier column hold blanks, by its place in the line. ERROR_UNSUPPORTED when there is no such column, or
 * a line has no number in it.
 */
int ps_table_filter(const char *output, const pid_t *processes, size_t count, struct text *text,
                    struct error *error);
