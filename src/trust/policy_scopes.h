/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which scopes a transport of containers-policy.json(5) can have: a mistyped one would never match, and
 * silently leave its images to something laxer. Pure. */
#pragma once

/* NULL, or what is wrong with it, to follow "the scope S of T". "" is allowed everywhere, and everything is
 * for transports that nobody knows here. */
const char *policy_scope_fault(const char *transport, const char *scope);
