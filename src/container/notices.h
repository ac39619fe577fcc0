/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operation has to say without failing: warnings, and what --debug shows. Only cli/ prints;
 * operations hand their lines to the receiver that it lends. */
#pragma once

/* LOGGED: a warning that belongs into the log and, where there is one, nowhere else. LOG_ONLY: the same, but
 * without a log it is for --debug. */
enum notice_level { NOTICE_DEBUG, NOTICE_LOG_ONLY, NOTICE_LOGGED, NOTICE_WARNING };

struct notices {
    void (*receive)(void *context, enum notice_level level, const char *line); /* NULL: nobody listens */
    void *context;
};

/* One line, no newline; control characters in arguments are escaped. */
void notice(const struct notices *notices, enum notice_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
