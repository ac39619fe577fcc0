/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes and the links of /dev (OCI config-linux.md, "Devices" and "Default Devices"). */
#pragma once

#include "base/error.h"
#include "linux/rootfs.h"
#include "plan/plan.h"

/*
 * Make the plan's devices in their order, then its symlinks, beneath rootfs->root. A node is made in its
 * parent's descriptor, gets owner and mode by its own descriptor, and is looked at again: type and number.
 * The right node that exists already is left alone (a configured one in a tmpfs of ours gets its owner and
 * mode). Anything else in the way of a default device or link is replaced in a tmpfs of ours and refused by
 * name elsewhere; in the way of a configured device it is always an error (the specification's MUST). Where a
 * node may not be made (EPERM) and the plan knows the host's, that one is bound, and rootfs->fallbacks says
 * so.
 */
int devices_make(const struct plan *plan, struct rootfs *rootfs, struct error *error);

/* Find the null device that masks will use (rootfs->null_device): the container's own /dev/null when it is
 * one by type and number, else a detached clone of the host's, checked alike. Before the pivot; only called
 * when something is to be masked. */
int devices_find_null(struct rootfs *rootfs, struct error *error);
