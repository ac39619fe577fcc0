/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Terminals on the host's side: handing a master to an engine, and relaying between the caller's terminal and
 * a container's. */
#pragma once

#include <sys/types.h>
#include "base/error.h"

/* Connect to an engine's console socket (a path of any length). Bounded, and so are later sends over it: a
 * peer that does not accept is an error (ERROR_LIMIT). Returns a descriptor or -1. */
int terminal_connect_console(const char *path, struct error *error);

/*
 * Relay between our standard streams and master until the process behind pidfd (a child of ours) has ended
 * and what it wrote before is out. Raw mode on our terminal (restored whatever happens), SIGWINCH passed on
 * as a size, other signals forwarded to the process. End of file on a standard input that is no terminal is
 * typed into the container's as its end-of-file character. When nobody takes the output any more, the process
 * gets a SIGHUP, as from a terminal that went away, and the rest is thrown away. Children that keep the
 * container's terminal after the process's end are not waited for. Constant memory; blocks in poll, at most
 * four looks a second at a terminal that no process has open. *status: the process's wait status. master
 * stays the caller's; it is set non-blocking.
 */
int terminal_relay(int master, int pidfd, pid_t pid, int *status, struct error *error);

/* The same without a terminal: forward signals, reap, return the wait status. */
int terminal_wait(int pidfd, pid_t pid, int *status, struct error *error);
