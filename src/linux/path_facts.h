/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a path of the host is, without doing anything to it: O_PATH opens nothing (no fifo waits, no device
 * acts, no automount is triggered), and what is asked of the descriptor is what the kernel knows already. A
 * path through a network file system that is gone can wait, as mounting it would.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/digest.h"
#include "base/error.h"

struct path_fact {
    bool exists; /* false also when it may not be looked at */
    uint32_t mode;
    uint64_t device, inode;          /* as path_object_of() tells them */
    uint32_t node_major, node_minor; /* of a device node */
    bool is_kernels; /* on procfs, sysfs, a control group or another file system that is the kernel itself */
    /* Where it is without symlinks, checked to lead there; "": no path of ours does. Of what does not exist:
     * the nearest directory above that does, with the rest of the path behind it. */
    char resolved[PATH_MAX];
};

/* -1 only when the host's /proc is none, or a path is too long for the kernel. */
int path_fact_look(const char *path, struct path_fact *fact, struct error *error);

/* The same, and the path stays open for what is done with it: *found is an O_PATH descriptor, the caller's;
 * -1 where nothing could be opened, for the reason that errno says. */
int path_fact_open(const char *path, struct path_fact *fact, int *found, struct error *error);

/*
 * The same in one system call, for a path whose parent directory is known: parent is where that is without
 * symlinks. is_kernels is left out.
 */
int path_fact_look_in(const char *parent, const char *path, struct path_fact *fact, struct error *error);

/* The device and inode of what an O_PATH descriptor, a mount or a file refers to: the same object has the
 * same pair however it is reached. 0, or -1 with errno. */
int path_object_of(int descriptor, uint64_t *device, uint64_t *inode);

enum { PATH_DIGEST_BYTES_MAX = 512 * 1024 * 1024 };

/* SHA-256 of the regular file that found refers to, an O_PATH descriptor which *fact is about. False: it is
 * none, is too long or cannot be read. */
bool path_fact_digest(int found, const struct path_fact *fact, struct digest *digest);

struct namespace_fact {
    bool exists;
    bool is_of_type;
    bool is_host;           /* the runtime's own, or the one of process 1 where that can be seen */
    uint64_t device, inode; /* as path_object_of() tells them */
};

/* name: as in /proc/PID/ns ("net"); flag: its CLONE_NEW…. */
void namespace_fact_look(const char *path, const char *name, uint64_t flag, struct namespace_fact *fact);
