/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What masks by path (masks.c) and masks by what is mounted (kernel_masks.c) share. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include "base/error.h"
#include "linux/rootfs.h"
#include "plan/plan.h"

/* The mount that the next mask is cloned from. */
struct mask_pattern {
    int mount;
    bool attached;
};

struct mask_patterns {
    struct mask_pattern empty, null_device;
};

/* Cover what an O_PATH descriptor refers to: a directory with nothing, anything else with the null device. */
int mask_cover(struct mask_patterns *patterns, int target, mode_t mode, struct error *error);

/* Cover it with a clone of itself that is read-only, with all that is mounted below. */
int mask_make_read_only(int target, struct error *error);

/*
 * kernel_masks.c: after all masks by path. Every mount of the container that shows the kernel's files is
 * looked at, by the mount table and not by names: what of them the plan wants hidden or read-only and is not
 * is covered there, until nothing is found any more. So it does not matter which links led to a place, what
 * has been mounted over what meanwhile, or what was mounted below the root file system or a source before.
 */
int kernel_masks_apply(const struct plan *plan, struct rootfs *rootfs, struct mask_patterns *patterns,
                       struct error *error);
