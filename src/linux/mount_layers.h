/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories of an overlay that a policy has decided on: opened, compared, and given to the kernel by
 * their descriptors. A path would be looked up once more, and could lead elsewhere by then (class A of
 * attacks).
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

struct mount_layers {
    struct plan_option *options; /* the plan's, with judged directories as /proc/self/fd/N */
    char **values;               /* of options, those that are ours; parallel, NULL: the plan's */
    size_t count;
    int *descriptors; /* must stay open until the mount is made */
    size_t descriptor_count;
};

/* ERROR_DENIED: a directory is not what the policy decided on. *layers is set whatever happens; without
 * judged directories it is empty, and the plan's options stand. */
int mount_layers_open(const struct plan_mount *plan, struct mount_layers *layers, struct error *error);
void mount_layers_close(struct mount_layers *layers);
