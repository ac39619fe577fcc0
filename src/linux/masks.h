/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masked and read-only paths of the container (OCI config-linux.md, "Masked Paths" and "Readonly Paths"). */
#pragma once

#include "base/error.h"
#include "linux/rootfs.h"
#include "plan/plan.h"

/* Cover each read-only path with a clone of itself that is read-only all the way down. Missing paths are
 * skipped. */
int readonly_paths_apply(const struct plan *plan, const struct rootfs *rootfs, struct error *error);

/*
 * Cover each masked path: directories with an empty read-only directory (one tiny tmpfs for all of them),
 * everything else with the null device of rootfs->null_device. Missing paths are skipped; a path that is a
 * symbolic link is refused: the link could be turned elsewhere, and what it leads to now would be masked
 * instead. Then what policies want hidden or read-only of the kernel's file systems, in every mount that
 * shows it.
 */
int masked_paths_apply(const struct plan *plan, struct rootfs *rootfs, struct error *error);
