/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs that are no files: --log journald:NAME and --log syslog:NAME, as crun has them. */
#pragma once

#include <stdbool.h>
#include "base/error.h"

/* Does destination name a service? */
bool log_service_is(const char *destination);

/* Connect to the service that destination names ("journald:NAME", "syslog:NAME"; without a NAME it is
 * thwart). ERROR_UNSUPPORTED when nobody listens. */
int log_service_open(const char *destination, struct error *error);

/* Send one message of priority "error"; nothing without an open service. */
void log_service_send(const char *message);
