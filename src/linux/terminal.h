/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals on the host's side: handing a master to an engine, and relaying between the caller's terminal and a container's. */
#pragma once

#include <sys/types.h>
#include "base/error.h"

/* Connect to an engine's console socket (a path of any length). Bounded: a peer that does not accept is an error. Returns a descriptor or -1. */
int terminal_connect_console(const char *path, struct error *error);

/*
 * Relay between our standard streams and master until the process behind pidfd has ended and its output is drained: raw mode on our
 * terminal (restored whatever happens), SIGWINCH passed on as a size, other signals forwarded to the process. Constant memory; blocks in poll.
 * *status: the process's wait status.
 */
int terminal_relay(int master, int pidfd, pid_t pid, int *status, struct error *error);

/* The same without a terminal: forward signals, reap, return the wait status. */
int terminal_wait(int pidfd, pid_t pid, int *status, struct error *error);
