/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table of a namespace, our own or a process's, read line by line with fixed memory
 * (proc_pid_mountinfo(5)). */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

enum { MOUNTINFO_BUFFER_SIZE = 32768, MOUNTINFO_TYPE_SIZE = 64, MOUNTINFO_DEVICE_SIZE = 32 };

struct mountinfo {
    int file;
    size_t start, end; /* of what is read and not consumed */
    char buffer[MOUNTINFO_BUFFER_SIZE];
};

struct mountinfo_entry {
    uint64_t id, parent;
    char device[MOUNTINFO_DEVICE_SIZE]; /* of the file system: "0:55" */
    char root[PATH_MAX];                /* what of the file system is mounted: "/" is all of it */
    char mount_point[PATH_MAX];         /* as seen from our root, octal escapes decoded */
    char type[MOUNTINFO_TYPE_SIZE];
    const char
        *options; /* of the file system, as the kernel wrote them (octal escapes); until the next entry */
};

/* Open self/mountinfo beneath a procfs descriptor (procfs.h). */
int mountinfo_open(struct mountinfo *mountinfo, int procfs, struct error *error);

/* Open the table of a process of the host's /proc; mount points are then as seen from its root. */
int mountinfo_open_of(struct mountinfo *mountinfo, pid_t pid, struct error *error);

/* The next entry: 1, or 0 at the end, or -1. */
int mountinfo_next(struct mountinfo *mountinfo, struct mountinfo_entry *entry, struct error *error);

void mountinfo_close(struct mountinfo *mountinfo);

/* Octal escapes of a field (\040 …) decoded. 0, or -1 when one is none, or it does not fit. */
int mountinfo_decode(const char *from, char *to, size_t size);

/* One line of the table (NUL-terminated, without its newline), which is changed. 0, or -1 when it has not the
 * documented form. */
int mountinfo_parse(char *line, struct mountinfo_entry *entry);
