/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of a hook that a policy has decided on: found again, compared, and executed by its descriptor.
 */
#pragma once

#include "plan/plan.h"

enum hook_program_outcome {
    HOOK_PROGRAM_FAILED, /* errno says why it could not be opened or executed */
    HOOK_PROGRAM_OTHER,  /* it is not what was judged */
};

/*
 * Execute hook's program if it is the judged one (hook->judged.present). Returns only when it did not come to
 * that. Descriptor 3 must be free: a script whose contents were judged is given to its interpreter as
 * /dev/fd/3. Other scripts are opened by their interpreter, by name: they are compared right before.
 */
enum hook_program_outcome hook_program_execute(const struct plan_hook *hook, char *const *argv,
                                               char *const *envp);
