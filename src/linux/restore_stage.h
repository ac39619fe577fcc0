/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where CRIU works when it restores: a mount namespace that nobody else has. */
#pragma once

#include "base/error.h"
#include "base/message.h"
#include "linux/checkpoint.h"
#include "plan/plan.h"

struct restore_stage {
    int mount_namespace, images, work; /* opened in that namespace; work: -1 without --work-path */
};

#define RESTORE_STAGE_NONE                                                                                   \
    {                                                                                                        \
        .mount_namespace = -1, .images = -1, .work = -1                                                      \
    }

/*
 * Make it: the host's mounts, from which nothing comes back; the root file system as a mount on
 * directory/root, with the places of all mounts made in it, as at creation. `question` gets "root" and the
 * external mounts. The root file system's own links decide, beneath it; what CRIU then follows by path leads
 * to nothing but this namespace.
 */
int restore_stage_make(const struct plan *plan, const struct checkpoint_options *options,
                       const char *directory, struct message *question, struct restore_stage *stage,
                       struct error *error);

void restore_stage_close(struct restore_stage *stage);
#define cleanup_stage __attribute__((cleanup(restore_stage_close)))

/* CRIU works in the root and takes it as it finds it: read-only only now, while nothing of the container
 * runs. */
int restore_stage_finish(const struct plan *plan, pid_t init, struct error *error);
