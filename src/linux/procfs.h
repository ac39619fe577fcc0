/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's process files, through a procfs of our own that nobody can have mounted over (attack class B).
 * Detached fsopen("proc") with subset=pid where the kernel has it, verified by file system type and root
 * inode; fallbacks, each chosen by errno: a detached clone of /proc, then /proc itself with its type and
 * mount checked. Prefer calls that need no procfs at all.
 */
#pragma once

#include <stddef.h>
#include "base/error.h"

enum procfs_scope {
    PROCFS_PROCESSES, /* subset=pid: no /proc/sys, no /proc/sysrq-trigger */
    PROCFS_WHOLE,     /* with /proc/sys: only inside the sysctl function, closed before it returns */
};

/* Open; the descriptor is the caller's. *fallback (may be NULL) is set to a static text naming the weaker way
 * when one was taken, else NULL. */
int procfs_open(enum procfs_scope scope, const char **fallback, struct error *error);

/* One write(2) of text to path ("self/oom_score_adj") beneath a procfs descriptor; openat2 beneath, no
 * symlinks but procfs's own (self, thread-self), no magic links, no crossing of mounts; the opened file is
 * checked to be on procfs. */
int procfs_write(int procfs, const char *path, const char *text, struct error *error);

/* Read a small file likewise, NUL-terminated, at most size - 1 bytes. */
int procfs_read(int procfs, const char *path, char *buffer, size_t size, struct error *error);
