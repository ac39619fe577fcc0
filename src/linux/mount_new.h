/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New instances of file systems, detached: fsopen, fsconfig, fsmount. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "plan/plan.h"

struct new_filesystem {
    const char *type;
    const char *source;                /* what stands in /proc/mounts as the device; NULL: the type */
    const struct plan_option *options; /* strings and flags of the super block */
    size_t option_count;
    const char *label;   /* SELinux context= value, NULL: none */
    uint64_t attributes; /* MOUNT_ATTR_* from its first instant */
};

/*
 * Make it. *mount receives the descriptor of a detached mount. -1 with system_errno of the refusing call; the
 * message carries what the kernel wrote into the file system context's log.
 *
 * fsconfig takes strings of at most 255 bytes (an overlay's lowerdir is soon longer): then, by length and not
 * by failure, mount(2) with a data page of at most 4095 bytes on top of the stack of mounts at "/" of our own
 * mount namespace stands in; the descriptor then refers to an attached mount that mount_attach() moves away.
 * Nothing can be reached through it meanwhile: our own root stays below.
 */
int new_filesystem_make(const struct new_filesystem *filesystem, int *mount, struct error *error);

/*
 * The new file system that the plan's mount (PLAN_MOUNT_FILESYSTEM) asks for, with its attributes. selinux:
 * labels mean something here. mode: of its root, for a type that takes one; NULL: as the options say.
 * read_only_later: leave it writable although read_only is asked for, because mount points, nodes or copies
 * are still to be made in it.
 */
int mount_new(const struct plan_mount *plan, const char *mode, bool selinux, bool read_only_later, int *mount,
              struct error *error);
