/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mount, asked for by its number (statmount(2), with options since Linux 6.11): what a line of mountinfo
 * says, without the kernel writing the lines of all the others. mountinfo.h is there for kernels without.
 */
#pragma once

#include <stdint.h>

enum { MOUNT_QUERY_SIZE = 16384 }; /* an overlay's options can have some hundred directories */

struct mount_query {
    const char *type;    /* "overlay" */
    const char *options; /* of the file system, as mountinfo writes them but for the first word ("rw") */
    const char *root;    /* what of the file system is mounted: "/" is all of it */
    const char *point;   /* as seen from our root; "": it is not seen from there */
    uint64_t buffer[MOUNT_QUERY_SIZE / sizeof(uint64_t)]; /* the texts are in here */
};

/* The unique number of the mount at a descriptor (statx(2), Linux 6.8). 0, or -1 with errno: ENOSYS where the
 * kernel has none. */
int mount_query_number(int descriptor, uint64_t *number);

/* 0, or -1 with errno: ENOSYS (the kernel has no statmount, or one without options), EPERM (a filter),
 * EOVERFLOW (longer than the buffer), ENOENT (no such mount, or not in our mount namespace). */
int mount_query(uint64_t number, struct mount_query *query);

/* How many mounts there are beneath it, counted up to most (at most 16). -1 with errno. */
int mount_query_beneath(uint64_t number, unsigned int most);
