/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restore: images (CRIU) become a container's processes again, in place of sandbox_create's clone.
 *
 *   runtime                              thwart-criu, criu
 *   -------                              -----------------
 *   cgroup
 *   stage: a mount namespace of its own
 *   restore ───────────────────────────▶ in that namespace, from within the cgroup
 *   [hooks] ◀── setup-namespaces ─────── first process exists
 *   terminal ◀── orphan-pts-master ─────
 *   born() callback ◀── post-restore ─── all processes exist, stopped
 *   looks at them ◀── pre-resume ─────── with their credentials
 *           ◀── done ─────────────────── they run
 *
 * The first process is the helper's child; it falls to whoever looks after orphans of ours: the engine, or
 * the runtime itself where it stays.
 */
#pragma once

#include "base/error.h"
#include "linux/checkpoint.h"
#include "linux/sandbox.h"

struct restore_request {
    const struct sandbox_request *sandbox; /* state_directory and seccomp_cache are not looked at */
    const struct checkpoint_options *options;
    const struct checkpoint_streams *streams; /* of the images */
    /* A directory of our own (the container's state directory), on which the root is put in the mount
     * namespace of the restore; nothing is left of it outside. */
    const char *stage_directory;
    bool stays; /* the runtime is to be the first process's parent, and to wait for it */
};

/*
 * Everything up to "running". On success the program runs, and sandbox->process is its first process. On
 * error nothing of it is left: processes ended, cgroup removed. The error quotes CRIU's complaint and names
 * its log.
 */
int restore_container(const struct restore_request *request, struct sandbox *sandbox, struct error *error);
