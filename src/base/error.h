/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One failure, as plain data.
 *
 * Every fallible function returns 0 or -1 and, when it returns -1, has filled the caller's `struct error`
 * (always its last parameter). The structure holds no pointer, so it crosses a socket between two
 * processes of ours as it is. Nothing below cli/ prints it.
 */
#pragma once

#include <stddef.h>

/* What went wrong, in the caller's terms. cli/exit_status.c maps kinds to exit statuses in one table. */
enum error_kind {
    ERROR_NONE = 0,
    ERROR_USAGE,           /* the command line */
    ERROR_INVALID,         /* a document or value that breaks its specification */
    ERROR_UNSUPPORTED,     /* this host or this build cannot do it */
    ERROR_DENIED,          /* a policy says no */
    ERROR_UNTRUSTED,       /* a proof is missing or wrong */
    ERROR_NOT_FOUND,       /* no such container */
    ERROR_EXISTS,          /* such a container exists already */
    ERROR_STATE,           /* the container is not in a state that allows the operation */
    ERROR_LIMIT,           /* a bound of ours was reached: size, depth, time */
    ERROR_SYSTEM,          /* the kernel or the file system refused */
    ERROR_COMMAND_MISSING, /* the container's program does not exist (shells say 127) */
    ERROR_COMMAND_REFUSED, /* the container's program exists and cannot be executed (shells say 126) */
};

enum { ERROR_MESSAGE_MAX = 4096 };

/*
 * message: one line, no newline at its end, in the user's words: what was attempted, on which object,
 * where (file:line:column or JSON pointer), how to mend. Always NUL-terminated; cut with "…" when longer.
 * system_errno: errno of the failed call, 0 when none.
 */
struct error {
    enum error_kind kind;
    int system_errno;
    char message[ERROR_MESSAGE_MAX];
};

/* Fill *error with a formatted message. Control characters of the arguments are shown escaped, so that
 * hostile names cannot forge log lines. error may be NULL. Always returns -1, so that callers can `return
 * error_set(...)`. */
int error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like error_set, kind ERROR_SYSTEM, and appends ": " and the text of errno value `number`. ENOENT is worded
 * "does not exist" and EACCES/EPERM "not permitted (EACCES|EPERM)": engines take the C library's words for
 * those as verdicts on the container's command. */
int error_system(struct error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put formatted text and ": " in front of the message that *error holds already. Always returns -1. */
int error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The stable word for a kind ("invalid", "not-found", ...), for JSON output. Never NULL. */
const char *error_kind_name(enum error_kind kind);

/* Our wording for an errno value (see error_system). Static storage, no locale. Never NULL. */
const char *error_errno_text(int number);
