/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own /proc, for the parts of the runtime that stay outside of containers: processes, our own
 * descriptors and program. Whatever is set up for a container goes through linux/procfs.h instead.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

enum { HOST_PROC_DESCRIPTOR_PATH_SIZE = 64 };

/* Check once per process that /proc is a procfs and not a directory of look-alikes. 0, or -1 with
 * ERROR_UNSUPPORTED. */
int host_proc_require(struct error *error);

/* Is this descriptor on a procfs? For processes that have changed their root since host_proc_require looked.
 */
bool host_proc_holds(int descriptor);

/* "/proc/self/fd/N" or "/proc/self/fd/N/NAME" (name NULL: without): a path that a socket address of 107 bytes
 * can hold, whatever the length of the real one. name: at most 32 bytes. */
void host_proc_descriptor_path(char path[HOST_PROC_DESCRIPTOR_PATH_SIZE], int descriptor, const char *name);
