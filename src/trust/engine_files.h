/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What engines put over an image before the runtime is called, and what is therefore of no image: docker lays
 * a folder MOUNT-init between image and container, podman (and Buildah, CRI-O) writes etc/mtab into the upper
 * directory. Both hold nothing but a few known names: folders, empty files to be mounted over, and etc/mtab,
 * which leads to /proc/mounts.
 */
#pragma once

#include <stdbool.h>
#include "trust/image.h"

/* What the directory lies over, and who made it. */
struct engine_setting {
    const char *const *below; /* directories, topmost first */
    size_t below_count;
    /* Destinations of the bundle's own mounts, absolute: what is empty there, and the folders on the way, are
     * places to mount on, which a runtime makes at a container's first start. */
    const char *const *mounts;
    size_t mount_count;
    uint32_t user, group; /* ids that the container's root has on the host */
};

/*
 * NULL when there is nothing else in the directory, and no mark of overlay's by which a folder would hide or
 * redirect what is below it; else what there is, in words. A folder that was copied up must be as the topmost
 * of the directories below has it: what is above says whose it is and who may write there. One that none of
 * them has must be the container's root's, and writable for nobody else.
 */
const char *trust_engine_files_only(const char *directory, const struct engine_setting *setting,
                                    struct arena *arena);

/* The same of the root's upper directory, or of its lower directory number `lower` (from 1); 0: the upper. */
const char *trust_engine_directory(const struct trust_root *root, size_t lower, struct arena *arena);

/* Could an engine or a runtime have put this file of a merged root there ("./etc/mtab")? Nothing that anybody
 * but root can write to, or that has contents. root: for its mounts and ids; NULL: none.
 * trust_engine_path_is: by its name alone. */
struct tree_facts;
bool trust_engine_path_is(const char *path, const struct trust_root *root);
bool trust_engine_file_is(const char *path, const struct tree_facts *facts, const struct trust_root *root);
