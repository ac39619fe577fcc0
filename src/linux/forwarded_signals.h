/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that `run` and `exec` pass on to the container's process while they wait for it. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include "base/error.h"

struct forwarded_signals {
    int descriptor;    /* signalfd */
    sigset_t previous; /* mask to restore */
};

/* Block SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT and SIGWINCH, and read them from
 * a descriptor. SIGTSTP and its like keep their meaning for ourselves: the shell's job control. */
int forwarded_signals_begin(struct forwarded_signals *signals, struct error *error);

/* Pass on what has come; SIGWINCH only sets *resized (NULL: it is passed on too). *seen (may be NULL) is set
 * when any but SIGWINCH came. */
void forwarded_signals_pass(const struct forwarded_signals *signals, int pidfd, bool *resized, bool *seen);

/* Throw away what is still pending (the process has ended: it must not hit us instead) and restore the mask.
 */
void forwarded_signals_end(struct forwarded_signals *signals);
