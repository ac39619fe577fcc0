/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --pid-file: engines read it right after our exit, so it appears whole, by link or rename. What could refuse
 * it (no directory, no right, no space) shows before anything is created: the file exists without a name from
 * the beginning.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"

struct pid_file {
    const char *path; /* NULL: none is wanted */
    const char *name; /* its last component */
    int directory;
    int file; /* the nameless file; -1 where the file system has no such thing (then the file is made in the
                 end) */
};

#define PID_FILE_NONE                                                                                        \
    {                                                                                                        \
        .path = NULL, .directory = -1, .file = -1                                                            \
    }

/* path NULL: nothing is done, here and in the other functions. */
int pid_file_begin(const char *path, struct arena *arena, struct pid_file *pid_file, struct error *error);

/* Put pid under the name, in place of what stands there. */
int pid_file_commit(struct pid_file *pid_file, pid_t pid, struct error *error);

/* Remove it again, after a commit. */
void pid_file_remove(const struct pid_file *pid_file);

void pid_file_close(struct pid_file *pid_file);
#define cleanup_pid_file __attribute__((cleanup(pid_file_close)))
