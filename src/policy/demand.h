/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the policies that may apply ask to be proven. Selectors by image cannot be judged before; so
 * everything counts that is not excluded by annotations. Pure.
 */
#pragma once

#include "policy/configuration.h"
#include "policy/resolve.h"

/* Requirements are those of the policies (decide_image finds its verdict by their address) and, where a
 * selector asks for a name, one for the configuration's keyrings. */
int policy_demand(const struct policy_library *library, const struct configuration *configuration,
                  const struct spec *spec, struct arena *arena, struct trust_demand *demand,
                  struct error *error);
