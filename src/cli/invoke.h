/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From argv to an exit status: harden, parse the global options, find the command, run it, tell its failure.
 */
#pragma once

/* arguments: argv, ending with NULL. Returns the exit status. */
int invoke(int argument_count, char *arguments[]);
