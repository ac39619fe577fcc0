/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which engine wrote a configuration, by what it leaves in it. For bounds that depend on what an engine sends
 * unless it is told otherwise; never for granting more. */
#pragma once

#include <stdbool.h>
#include "spec/spec.h"

enum policy_engine {
    POLICY_ENGINE_OTHER, /* ctr, containerd's CRI, bundles made by hand */
    POLICY_ENGINE_PODMAN,
    POLICY_ENGINE_BUILDAH,
    POLICY_ENGINE_DOCKER,
    POLICY_ENGINE_CRIO,
};

enum policy_engine policy_engine_of(const struct spec *spec);

/* "podman", …; "another engine". */
const char *policy_engine_name(enum policy_engine engine);

/* Does this engine send a system call filter with every container unless told to leave it out? */
bool policy_engine_sends_filter(enum policy_engine engine);
