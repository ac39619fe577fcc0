/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a created container waits for `start`: a unix SOCK_SEQPACKET socket named "start" in its state
 * directory, on which init listens until it executes the program. So "created" is observed (somebody
 * listens), never believed: the socket closes by itself at execve or death. Paths longer than a socket
 * address allows are reached through the directory's descriptor.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include "base/error.h"

/* Create and listen (parent, before the clone). Returns a close-on-exec descriptor, or -1. */
int start_gate_make(int state_directory, struct error *error);

/* init: wait for a caller that says "go"; callers that only look (connect and leave) are ignored. Returns the
 * connected socket, on which an error is reported if the start fails and which closes when it succeeds; -1
 * with errno when the gate is broken. */
int start_gate_wait(int gate);

/* start: let the container go, wait for the result. ERROR_STATE when nobody waits (already started or gone),
 * ERROR_LIMIT when it does not answer; then it goes on waiting for others. */
int start_gate_open(int state_directory, struct error *error);

/* Does somebody wait? *waiting is set; -1 only when the question could not be answered. Never blocks. */
int start_gate_probe(int state_directory, bool *waiting, struct error *error);
