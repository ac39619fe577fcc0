/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the section "filesystem" that decide_filesystem() walks. */
#pragma once

#include "policy/mount_request.h"

void decide_mount_options(struct decider *decider, const struct policy_patterns *options);
void decide_masked_paths(struct decider *decider, const struct policy_paths *paths);
void decide_readonly_paths(struct decider *decider, const struct policy_paths *paths);

/* Does the request make a mount namespace? Without one nothing can be mounted, masked or made read-only. */
bool decide_has_mount_namespace(const struct decider *decider);
