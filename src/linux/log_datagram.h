/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's log services, one datagram a message, without ever waiting longer than said: the journal (native
 * protocol: lines NAME=VALUE) and syslog ("<PRIORITY>NAME[PID]: TEXT"). What a message says is its sender's
 * matter. */
#pragma once

#include <stddef.h>
#include "base/error.h"

enum log_datagram_service { LOG_DATAGRAM_JOURNAL, LOG_DATAGRAM_SYSLOG };

/* Where the service listens: "/run/systemd/journal/socket", "/dev/log". */
const char *log_datagram_path(enum log_datagram_service service);

/* Connect; *socket is the caller's. ERROR_UNSUPPORTED when nobody listens; other errors ERROR_SYSTEM. */
int log_datagram_open(enum log_datagram_service service, int *socket, struct error *error);

/*
 * Send one message, waiting at most patience_ms for room in the service's queue (0: not at all). One that is
 * too long for a datagram goes to the journal as a sealed file; syslog knows no such thing. -1 with errno:
 * EAGAIN (the queue stayed full), EMSGSIZE, ECONNREFUSED (the service has ended), …
 */
int log_datagram_send(int socket, enum log_datagram_service service, const char *bytes, size_t length,
                      int patience_ms);
