/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Id-mapped mounts (Linux 5.12): a user namespace that only holds a mapping, and its application to a
 * detached mount. */
#pragma once

#include <stdbool.h>
#include "base/error.h"
#include "plan/plan.h"

/* A descriptor of a new user namespace with these mappings, made by a throw-away process that is gone when
 * this returns. Needs the right to write such maps (CAP_SETUID and CAP_SETGID over the parent namespace). */
int user_namespace_with_maps(const struct plan_id_mappings *uids, const struct plan_id_mappings *gids,
                             int *user_namespace, struct error *error);

/* Map a detached mount (recursive: the whole tree). The error names the file system type where it does not
 * support this. */
int mount_idmap_apply(int mount, int user_namespace, bool recursive, struct error *error);
