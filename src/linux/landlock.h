/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock's layers around a program: rulesets are made at create, in the container's root and with rights,
 * so that a path that is missing or a kernel that lacks something is an answer to `create`; the program is
 * held against them once it was found; and last, before the filter, the process restricts itself.
 * landlock(7).
 *
 * A rule opens, it never closes: a rule that is left out makes a layer tighter. So what is doubtful is left
 * out: in a process that joins, a path that is gone meanwhile, and one that leads through a symlink which the
 * container may have made, to what it could not have moved there.
 */
#pragma once

#include <stdbool.h>
#include "base/error.h"
#include "linux/landlock_path.h"
#include "plan/landlock_rights.h"
#include "plan/plan.h"

enum { LANDLOCK_LEFT_OUT_MAX = 512 };

struct landlock {
    const struct plan_landlock *layers;
    size_t count;
    bool joins; /* a running container: its file system is what its processes have made of it */
    int rulesets[LANDLOCK_LAYERS_MAX];
    /* On the heap, to the end of the process: the rules; where the container may make symlinks (joins). */
    struct landlock_places places, writable;
    bool has_libraries[LANDLOCK_LAYERS_MAX];
    char left_out[LANDLOCK_LEFT_OUT_MAX]; /* "", or what was left out and why, in one line */
    char added[LANDLOCK_LEFT_OUT_MAX];    /* "", or the loaders that were added */
};

/* No layer yet. joins: see above. */
void landlock_begin(struct landlock *landlock, const struct plan_process *plan, bool joins);

/*
 * The layers' rulesets, close-on-exec. In the container's root, with its root's rights. ERROR_UNSUPPORTED
 * says what the kernel lacks; a path that does not exist is ERROR_INVALID unless the layer skips it.
 */
int landlock_open(struct landlock *landlock, struct error *error);

/*
 * The program (path as execve gets it, from the working directory that it will have): ERROR_DENIED names the
 * policy whose layer does not let it, or the interpreter of a script, be executed. What its loader needs is
 * allowed. With the program's ids: what they may not look at is left to execve.
 */
int landlock_admit(struct landlock *landlock, const char *program, struct error *error);

/* Restrict this process for good, layer by layer, and close the rulesets. Needs no_new_privs or CAP_SYS_ADMIN
 * in the user namespace. */
int landlock_restrict(struct landlock *landlock, struct error *error);
