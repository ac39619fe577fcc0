/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes (read-only, nosuid, …) and propagation of mounts, set by descriptor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"

/*
 * Set and clear MOUNT_ATTR_* of the mount (recursive: of the whole tree) behind a descriptor of its root.
 *
 * In a user namespace the kernel locks ro, nosuid, nodev, noexec and the atime mode of mounts that came from
 * a more privileged one, and refuses the whole call when one of them would be cleared. Then these are kept
 * and the rest is done, and *kept_locked becomes true (it is never set to false; may be NULL): the result is
 * stricter than asked for, never weaker.
 */
int mount_attributes_apply(int mount, uint64_t set, uint64_t clear, bool recursive, bool *kept_locked,
                           struct error *error);

/* MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC for the whole tree. */
int mount_propagation_apply(int mount, uint64_t propagation, struct error *error);

/* Is the mount behind the descriptor read-only, nosuid, nodev, noexec …? The MOUNT_ATTR_* that are in force
 * now. */
int mount_attributes_read(int mount, uint64_t *attributes, struct error *error);

/* Attach a detached (or elsewhere attached) mount onto what target refers to. -1 with errno in
 * error->system_errno. */
int mount_attach(int mount, int target, struct error *error);
