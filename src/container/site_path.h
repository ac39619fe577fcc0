/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether anybody else could put another file in the place of one that an administrator wrote. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include "base/error.h"

/* Is it root's (the host's, too, where that is seen as nobody), or ours? */
bool site_path_is_ours(const struct stat *status);

/*
 * The way to path: every directory that it leads through, symbolic links followed one by one, must be root's
 * or ours, and writable for nobody else, but for a sticky one (/tmp), where the next name must be root's or
 * ours. path itself is not looked at: whoever reads it looks at what was opened. Errors: ERROR_DENIED names
 * the directory; ERROR_LIMIT for too many links.
 */
int site_path_check(const char *path, struct error *error);
