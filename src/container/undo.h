/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host effects that have succeeded, and how to take each back. Pushed as they happen, run in reverse when an
 * operation fails (also when memory ends in the middle), forgotten when it succeeds. It lives in memory only:
 * against SIGKILL there is the record.
 */
#pragma once

#include <stddef.h>
#include "base/error.h"
#include "container/notices.h"

enum { UNDO_MAX = 8 };

struct undo_step {
    const char *what; /* for messages: "the cgroup of c1" */
    int (*function)(void *data, struct error *error);
    void *data;
};

struct undo {
    struct undo_step steps[UNDO_MAX];
    size_t count;
    const struct notices *notices; /* a step that cannot be taken back is reported here */
};

/* Begin; this stack becomes the one that undo_emergency runs. */
void undo_begin(struct undo *undo, const struct notices *notices);

/* what, function and data must stay valid until undo_run or undo_forget. */
void undo_push(struct undo *undo, const char *what, int (*function)(void *, struct error *), void *data);

/* Take everything back, last first, going on after failures. */
void undo_run(struct undo *undo);

/* The operation has succeeded: nothing is to be undone. */
void undo_forget(struct undo *undo);

/* Run the stack that is in use, if any: for handlers that end the process. */
void undo_emergency(void);

#define cleanup_undo __attribute__((cleanup(undo_run)))
