/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The change of the root: the point of no return to the host's files. */
#pragma once

#include "base/error.h"

/* pivot_root onto the mount behind root, detach the old tree, prove that "/" is that mount with nothing
 * stacked on it, and that cwd is "/". */
int pivot_to(int root, struct error *error);

/*
 * For an initramfs, whose root cannot be pivoted away (asked for by --no-pivot, never a fallback): unmount
 * every proc and sysfs outside the rootfs, because with a fully visible one left somewhere in the namespace a
 * nested user namespace could mount an unmasked one; move the rootfs over "/" and chroot. The old tree stays
 * below, out of reach of everything but CAP_SYS_CHROOT tricks: the price of the option.
 */
int pivot_by_move(int root, struct error *error);

/* Without a mount namespace: only chroot. */
int pivot_by_chroot(int root, struct error *error);
