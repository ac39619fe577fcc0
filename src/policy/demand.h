/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the policies that may apply ask to be proven. Selectors by image cannot be judged before; so
 * everything counts that is not excluded by annotations. Pure.
 */
#pragma once

#include "policy/configuration.h"
#include "policy/resolve.h"

/*
 * Requirements stand for those of the policies (struct trust_requirement: stands_for), with thwart.json's
 * keyrings where a policy names no keys; their own keyrings are among them where a selector of a policy
 * without signers, or of a waiver, asks for a name, where a policy wants integrity and names neither signers
 * nor digests, and where issuers of claims are known. Those that only policies on trial (audit mode) ask for
 * are marked so.
 *
 * Nothing asked: an empty demand (trust_demand_is_empty), after no more than reading the default policy,
 * which the library remembers (struct policy_memory).
 */
int policy_demand(const struct policy_library *library, const struct configuration *configuration,
                  const struct spec *spec, struct arena *arena, struct trust_demand *demand,
                  struct error *error);
