/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts that came out of images, compared with the grant. CRIU makes what the images say: another procfs
 * without masks, an overlay of the host's directories, a volume that is writable. A program without
 * CAP_SYS_ADMIN cannot have made any of that by itself.
 */
#pragma once

#include <sys/types.h>
#include "base/error.h"
#include "plan/plan.h"

/*
 * Is each mount of process init (stopped, in a mount namespace of its own; root: its root, O_PATH) one of the
 * plan, what the plan says and no less restricted? ERROR_DENIED names the first that is not.
 */
int restore_mounts_check(const struct plan *plan, pid_t init, int root, struct error *error);
