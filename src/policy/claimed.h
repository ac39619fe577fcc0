/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Claims as policies: what an image's author signed that it needs at most (trust/claim.h) bounds the
 * container like a policy that somebody volunteered, so grant = request ∩ claims ∩ policies, and a claim
 * never widens. Pure.
 */
#pragma once

#include "policy/resolve.h"

/*
 * A policy for each claim that was admitted. It is named "claim-by-ISSUER" ("claim-by-ISSUER-2" …), its file
 * is "claim:REFERENCE", its text the claim's with that name (kept with the container like any other's), and
 * it extends the issuer's ceiling: whatever of the ceiling a claim cannot be compared with, or does not speak
 * of, bounds the container beside it.
 *
 * A claim has the sections process, filesystem, devices, resources, sysctls, syscalls, landlock and network;
 * nothing that selects, extends, or is about the host. That trust refused a claim is a finding (TW0104), and
 * nothing of it is here. Errors: ERROR_UNTRUSTED for one that asks for more than its issuer's ceiling (it is
 * refused whole); ERROR_INVALID for one that is no policy, or whose ceiling is none.
 */
int policy_claimed(const struct policy_library *library, const struct trust *trust, struct arena *arena,
                   const struct policy *const **policies, size_t *count, struct error *error);
