/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a process that was still being built: killing it, and finding words for an end that nobody
 * ordered. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"
#include "linux/sandbox_message.h"
#include "plan/plan.h"

/* Kill the process behind pidfd and reap it (a child of ours). It is no error when it is gone. */
int sandbox_end(int pidfd, struct error *error);

/* Reap it. *status as of waitpid. */
int sandbox_reap(int pidfd, int *status, struct error *error);

/*
 * Fill *error with why a process ended without a word: killed for want of memory (the cgroup's memory.events
 * says so), by its own seccomp filter, by another signal, or with a status. cgroup may be NULL. Always
 * returns -1.
 */
int sandbox_explain_end(int status, const struct plan_cgroup *cgroup, struct error *error);

/*
 * Wait for a message from the process behind pidfd, or for its end: others may hold its end of the socket
 * open. 1: received (descriptor as in sandbox_message_receive); 0: it ended without one, and is to be reaped;
 * -1: error.
 */
int sandbox_wait_message(int control, int pidfd, struct sandbox_message *message, int *descriptor,
                         struct error *error);
