/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to "created", shared by create and run.
 *
 *   creation_begin   read, decide, plan; claim the id; write the intent record and the granted configuration
 *   creation_build   every effect; the pid goes on record while it happens
 *   creation_record  amend: complete
 *
 * On error each leaves undoing to creation_abort, which the caller's cleanup runs unless creation_done was
 * called.
 */
#pragma once

#include "base/arena.h"
#include "container/foreground.h"
#include "container/operations.h"
#include "container/pid_file.h"
#include "container/prepare.h"
#include "container/record.h"
#include "container/undo.h"
#include "linux/cgroup.h"
#include "linux/sandbox.h"

struct creation {
    const struct runtime *runtime;
    const struct create_request *request;
    struct arena arena;
    struct prepared prepared;
    struct record record; /* what was written last, or is to be written next */
    struct record_cgroup cgroup;
    struct record_unit unit;
    struct record_resctrl resctrl;
    struct cgroup_made cgroup_made;
    const char *seccomp_cache; /* NULL: none needed */
    int root, directory;
    bool waits_at_gate; /* create; else run */
    bool born;
    struct console console;
    int pidfd_socket; /* connected, -1: not wanted */
    struct pid_file pid_file;
    struct sandbox sandbox;
    struct text state_text; /* of the last hook_state */
    struct undo undo;
};

int creation_begin(struct creation *creation, const struct runtime *runtime,
                   const struct create_request *request, bool waits_at_gate, struct error *error);
int creation_build(struct creation *creation, struct error *error);

/* The two halves of creation_build, for a restore, which has something else in place of sandbox_create. */
struct sandbox_request creation_sandbox_request(struct creation *creation);
int creation_built(struct creation *creation, struct error *error);

/* After creation_done: nothing when it is detached; else stay with the program to its end, relaying master
 * unless it is -1, and delete the container unless it is kept (run.c). */
int creation_stay(struct creation *creation, int master, int *status, struct error *error);

/* Success: nothing will be undone; the lock is released. */
void creation_done(struct creation *creation);

/* Undo what is not done, release everything. creation_begin has made it valid, whatever it returned. */
void creation_end(struct creation *creation);
#define cleanup_creation __attribute__((cleanup(creation_end)))
