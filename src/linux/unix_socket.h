/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting to what somebody else listens on: an engine's console socket, a seccomp agent. */
#pragma once

#include "base/error.h"

/*
 * Connect a stream socket to a path of any length. what: "console socket", for messages. Bounded, and so are
 * later sends over it: a peer that does not accept is an error (ERROR_LIMIT). Returns a descriptor or -1.
 */
int unix_socket_connect(const char *what, const char *path, struct error *error);
