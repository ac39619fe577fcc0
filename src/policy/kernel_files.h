/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File systems that are the kernel itself: whoever mounts one, wherever, sees the same files, or the host's.
 * What a policy says of "/proc/kcore" it means of that file, so it has to be known under which other names a
 * request shows it: a second procfs, a bind of /proc or of a file in it, a directory above that comes with
 * its mounts.
 */
#pragma once

#include "policy/decider.h"
#include "policy/mount_request.h"

/* Where every host has the file systems of this type: "sysfs": "/sys". NULL: it is not the kernel's. */
const char *kernel_usual_place(const char *type);

/* Is path one of the kernel's files by its name, beneath /proc or /sys? */
bool kernel_names_path(const char *path);

/* A place of the container where a mount shows files of the kernel. */
struct kernel_place {
    const char *place; /* in the container, normalised */
    const char *shows; /* what is there by its usual name: "/proc/sys". NULL: nobody can tell */
    size_t mount;      /* which of the request's */
};

/* All of a request's, the usual ones as well. Of sources that were not observed: by their words alone. */
const struct kernel_place *kernel_places(struct decider *decider, size_t *count);

/*
 * How files that are called `path` are found wherever a file system is mounted: by its type and the path in
 * it. Calls use() for every file system that has such files.
 */
void kernel_files_called(const char *path,
                         void (*use)(void *context, const char *type, const char *path_within),
                         void *context);
