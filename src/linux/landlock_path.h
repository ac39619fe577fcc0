/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths as Landlock sees them: where a path leads in the root that we are in, and which directories lie above
 * what was found. Landlock climbs from a file to the root, through mounts, and looks at each directory for a
 * rule; so do we, to tell beforehand what it will say.
 *
 * The walk is our own, one component at a time and O_PATH alone: the symlinks on the way have to be looked
 * at, as the container may have made them.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A rule's object, as it can be recognised. */
struct landlock_place {
    uint64_t inode;
    uint32_t device_major, device_minor;
    size_t layer;
    uint64_t access; /* LANDLOCK_FS_* that the rule allows there */
};

struct landlock_places {
    struct landlock_place *items;
    size_t count;
};

struct landlock_found {
    int parent; /* the directory in which it was found; for the root itself the root */
    int object; /* O_PATH; both are the caller's to close */
    char name[NAME_MAX + 1];
    mode_t type; /* S_IFMT bits */
    uint64_t inode;
    uint32_t device_major, device_minor;
    bool distrusted; /* a symlink on the way lies where it may not be trusted */
};

#define LANDLOCK_NOT_FOUND                                                                                   \
    (struct landlock_found)                                                                                  \
    {                                                                                                        \
        .parent = -1, .object = -1                                                                           \
    }

/* Close both. */
void landlock_found_close(struct landlock_found *found);
#define cleanup_landlock_found __attribute__((cleanup(landlock_found_close)))

/*
 * Find path, a relative one from the working directory, with symlinks followed. distrusted: is a symlink in
 * this directory one that somebody may have put there? Then that is told of what was found. NULL: none is.
 * 0, or -1 with errno: that of the component that failed, ELOOP after 40 symlinks.
 */
int landlock_path_find(const char *path, bool (*distrusted)(const void *context, int directory),
                       const void *context, struct landlock_found *found);

/*
 * Do this layer's rules on what was found, and on the directories above it, allow all of access together?
 * -1 with errno where the climb cannot be made (a directory that may not be searched); else 0 or 1.
 */
int landlock_path_covered(const struct landlock_places *places, size_t layer, uint64_t access,
                          const struct landlock_found *found);

/* The same for a directory. */
int landlock_directory_covered(const struct landlock_places *places, size_t layer, uint64_t access,
                               int directory);
