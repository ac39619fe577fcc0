/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another runtime as a program: believed, become, or run beside us. */
#pragma once

#include <sys/types.h>
#include "base/error.h"

/*
 * May commands be handed on to the program at path? It must be an absolute path of an executable file that
 * belongs to root or to us, as must its directory, both writable for nobody else: whoever could replace it
 * would be root at the next command. ERROR_UNSUPPORTED: it is not there; ERROR_DENIED, ERROR_USAGE.
 */
int delegate_program_check(const char *path, struct error *error);

/* Execute it in our place: same pid, terminal, streams; signals at their default, umask 022 as for hooks.
 * arguments: argv, ending with NULL. Returns only to say why not: -1. */
int delegate_program_become(const char *path, char *const *arguments, struct error *error);

/*
 * Run it as a child with our streams in our process group, and wait for its end however long it takes. What
 * others signal to us is passed on (what the terminal sends, it has got itself); it dies with us, as if we
 * were it. *status as shells say it: 128 + signal.
 */
int delegate_program_run(const char *path, char *const *arguments, int *status, struct error *error);
