/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --pidfd-socket: an engine gets a pidfd of the process that was started, which no other process can take
 * over as it can a number. As runc does it. */
#pragma once

#include "base/error.h"

/* Connect to the unix stream socket at path; NULL: *socket stays -1. Before anything is started, so that a
 * wrong path starts nothing. */
int pidfd_socket_open(const char *path, int *socket, struct error *error);

/* Send pidfd in one message whose bytes are name, and close *socket; nothing when that is -1. name:
 * "standard" of init, "setns" of exec's process. */
int pidfd_socket_send(int *socket, int pidfd, const char *name, struct error *error);
