/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gpg as this program runs it. gpgme is told that thwart-gpg itself is gpg:
 *
 *   gpgme ──▶ thwart-gpg --version      answered at once: gpg takes as long to say it as to verify
 *   gpgme ──▶ thwart-gpg ARGUMENTS ──▶ limits, end with the worker, options of ours ──▶ gpg ARGUMENTS
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

enum { PROGRAM_PATH_SIZE = 4096 };

/* Find "gpg" or another of its programs in PATH. ERROR_UNSUPPORTED: it is not installed. */
int program_find(const char *name, char *path, size_t size, struct error *error);

/* Bounds of memory, time and files for the process that will be gpg, which gains no privileges by executing
 * anything. 0, or -1 with errno. */
int program_limit(void);

/* In the worker: what gpgme's children find in their environment. private_home: made by us, for one question;
 * else of the user, with his options and his agent. */
int program_announce(const char *path, const char *home, bool private_home, const char *tty,
                     struct error *error);

/* Was this process started by gpgme as gpg? */
bool program_is_called(void);

/* Then be it. Returns an exit status when gpg cannot be. */
int program_become(int count, char **arguments);
