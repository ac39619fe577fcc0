/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helper programs: what needs libsystemd or libcriu is a program of its own, started only when needed and
 * spoken to in named messages (base/message.h), so that D-Bus and protocol buffers are parsed outside of the
 * runtime.
 *
 *   runtime                                   helper (libexec)
 *   -------                                   ----------------
 *   socket pair, fork, execveat ────────────▶ descriptor 3 is its end
 *   question (kind, members, descriptors) ──▶ works
 *           ◀──────────────── "done" | "failed"
 *   helper_end: end of file ────────────────▶ ends; killed where it does not
 *
 * A helper ends when its socket does, and dies with the runtime.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/message.h"

enum { HELPER_SOCKET = 3 };

struct helper {
    const char *name; /* "thwart-systemd"; borrowed */
    pid_t pid;        /* 0: not running */
    int pidfd, socket;
};

#define HELPER_NONE                                                                                          \
    {                                                                                                        \
        .pidfd = -1, .socket = -1                                                                            \
    }

/* Would helper_start find it? -1 as there. */
int helper_find(const char *name, struct error *error);

/* Would the helper find this program in its PATH? ERROR_UNSUPPORTED: it is not installed. */
int helper_find_tool(const char *name, struct error *error);

/*
 * Find the helper and start it. It is looked for beside the program that was started (also when this process
 * runs from the sealed copy), in ../libexec/thwart from there, and where the build installs it; it must be a
 * regular file that belongs to root or to the owner of the runtime's program and that nobody else can write.
 * ERROR_UNSUPPORTED names the places when there is none. The helper inherits of our environment only what
 * finds the session bus, and a PATH (no HOME: CRIU would read a configuration there);
 * standard descriptors are /dev/null.
 */
int helper_start(const char *name, struct helper *helper, struct error *error);

/*
 * Ask, and wait for the answer, at most timeout_ms; then the helper is killed and the error (ERROR_LIMIT)
 * says what was waited for. descriptors: lent, count of them. A "failed" answer is -1 with its error.
 */
int helper_ask(struct helper *helper, const struct message *question, const int *descriptors, size_t count,
               int timeout_ms, struct message *answer, struct error *error);

/* Let it end: end of file, a second of patience, then SIGKILL; reaped. Fine on one that does not run. */
void helper_end(struct helper *helper);
#define cleanup_helper __attribute__((cleanup(helper_end)))
