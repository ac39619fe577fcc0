/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment that a configuration gives a hook. A program of the host that is allowed does, with the
 * wrong variable, what the variable's author wants: LD_PRELOAD loads a library into it, PATH finds another
 * `iptables`, BASH_ENV is a script that runs first.
 */
#pragma once

#include "base/arena.h"
#include "policy/model.h"

/*
 * The name of the first variable that may not be there; NULL: all may. allowed (hooks.allow's `env`):
 * patterns of NAME=VALUE, one of which must match each variable. Not present: any variable but those that
 * steer a loader, an interpreter or the search for programs (docs/thwart-policy.5.md names them).
 */
const char *hook_environment_refused(const struct json_strings *environment,
                                     const struct policy_words *allowed, struct arena *arena);
