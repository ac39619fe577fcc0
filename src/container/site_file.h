/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that an administrator wrote: read only when nobody else could have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

/* What was opened is root's or ours, and nobody else writes to it. ERROR_DENIED. */
int site_file_check_owner(int descriptor, const char *name, struct error *error);

/*
 * A regular file beneath directory (or AT_FDCWD), once, of at most limit bytes. The owner is looked at
 * through the descriptor that is read, the way to it by site_path_check: of a file that a directory holds
 * only where it is a link, as the directory's own was looked at. name: its path in messages, absolute.
 */
int site_file_read(int directory, const char *path, const char *name, size_t limit, struct arena *arena,
                   char **bytes, size_t *length, struct error *error);

/* The `*.json` of a folder; dot files and other names are not looked at (editors' copies). */
int site_folder_list(int directory, const char *name, struct arena *arena, const char ***names, size_t *count,
                     struct error *error);
