/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies in policies/ of the source, built into the program: policies and groups of system calls. The
 * build makes the table from the files (policies/embed.py). */
#pragma once

#include <stddef.h>

struct shipped_file {
    const char *name;  /* "baseline", "syscalls/network-io" */
    const char *bytes; /* the file as it is, NUL-terminated */
    size_t length;
};

/* By name; NULL: none. */
const struct shipped_file *shipped_file(const char *name);
const struct shipped_file *shipped_files(size_t *count);
