/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command on every container whose id matches (--regex). */
#pragma once

#include "cli/command.h"

/*
 * Do act for each container in whose id pattern is found, in the order of the ids. One that fails does not
 * stop the others: its error is told as a warning, and in the end the whole fails (ERROR_STATE). What was
 * deleted meanwhile is passed over; none that matches is no error. verb: "kill", for messages.
 */
int matching_do(const struct invocation *invocation, const char *pattern, const char *verb,
                int (*act)(const struct invocation *invocation, const char *id, struct error *error),
                struct error *error);
