/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that looks after one hook: linux/hooks.c starts it and words what it reports. */
#pragma once

#include <stdbool.h>
#include "linux/hooks.h"

enum hook_outcome {
    HOOK_EXITED,    /* value: exit status */
    HOOK_SIGNALLED, /* value: signal */
    HOOK_TIMED_OUT,
    HOOK_NO_PROGRAM,   /* value: errno of execve */
    HOOK_NO_DIRECTORY, /* value: errno of chdir */
    HOOK_NOT_JUDGED,   /* what is at its path is not what a policy has decided on */
    HOOK_NO_SETUP,     /* value: errno; `what` says of which step */
};

enum { HOOK_OUTPUT_KEPT = 512 };

/* Plain data: crosses a pipe in one write. */
struct hook_result {
    enum hook_outcome outcome;
    int value;
    char what[32];
    bool survivors; /* after a timeout: not all that it started could be ended */
    unsigned int output_length;
    char output[HOOK_OUTPUT_KEPT]; /* the end of what it wrote */
};

/* The supervisor's whole life, in a fresh child: runs the hook, writes one struct hook_result to `report`,
 * leaves. It kills the hook when nobody reads from `report` any more. */
_Noreturn void hook_supervise(const struct plan_hook *hook, const struct hook_context *context, int report);
