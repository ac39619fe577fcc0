/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a program of the host and taking what it prints. */
#pragma once

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

/*
 * Run the first of candidates (absolute paths, ending with NULL) that exists, with arguments (argv, ending
 * with NULL) and our environment; standard input is /dev/null. *output: what it wrote to its standard output,
 * at most limit bytes (ERROR_LIMIT), with a NUL behind it, in the arena. It has timeout_ms; then it is killed
 * (ERROR_LIMIT). A program that fails is an error with the first line that it wrote to its standard error.
 * what: "ps", for messages. None there: ERROR_UNSUPPORTED.
 */
int host_program_output(const char *what, const char *const *candidates, char *const *arguments, size_t limit,
                        int timeout_ms, struct arena *arena, char **output, struct error *error);
