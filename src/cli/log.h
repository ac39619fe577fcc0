/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where failures and notices go: stderr for people, --log FILE for engines.
 *
 * Engines parse the whole file as one document: it exists as soon as a command begins, and a failed command
 * puts exactly one record of level "error" into it (JSON: one object in one line, time in RFC 3339). Warnings
 * and debug lines go to stderr only.
 */
#pragma once

#include <stdbool.h>
#include "base/error.h"
#include "container/notices.h"

/* path NULL: no file; "file:PATH" is PATH; "journald:NAME" and "syslog:NAME" are services (log_service.h).
 * Opened (and made, 0600) at once: a log that cannot be written is an error before anything happens. */
int log_open(const char *path, bool json, bool debug, struct error *error);

/* What stderr is told of: "error" (failures alone), "warning" (also warnings) or "debug" (all); NULL: as
 * log_open has it, which is asked first. */
void log_set_level(const char *level);

/* Tell the failure of the command: stderr gets the text, the file its record. */
void log_failure(const char *message);

/* A notices receiver (struct notices.receive). */
void log_notice(void *context, enum notice_level level, const char *line);
