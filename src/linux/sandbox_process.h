/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process itself, for a container's init and for one that is added: from a process of ours that stands in
 * the container with all its rights, to the program with its own. Two straight lines with a wait between
 * them.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"
#include "linux/landlock.h"
#include "linux/program.h"
#include "linux/seccomp.h"
#include "linux/seccomp_notify.h"
#include "plan/host_facts.h"
#include "plan/plan.h"

/* Every step of a straight line: the first that fails ends it. */
#define SANDBOX_STEP(call)                                                                                   \
    do {                                                                                                     \
        if ((call) < 0)                                                                                      \
            return -1;                                                                                       \
    } while (0)

enum { SANDBOX_FALLBACKS_MAX = 8 };

struct sandbox_process {
    const struct plan_process *plan;
    const struct host_facts *facts;
    const struct seccomp_program *filter; /* NULL: none */
    struct seccomp_notify notify;         /* connected before the container is entered */
    struct landlock landlock;
    bool sets_scheduler; /* false: somebody else does, by pid */
    /* Filled on the way. */
    struct plan_capabilities capabilities;
    struct program program;
    char home[PATH_MAX + sizeof("HOME=")]; /* "HOME=/root", where the plan wants it found */
    const char **environment;              /* then: the plan's and home; NULL: the plan's */
    int directory_failed;                  /* errno of the first try to enter the working directory */
    const char *fallbacks[SANDBOX_FALLBACKS_MAX];
    size_t fallback_count;
};

/* Fill a sandbox_process for a plan. filter NULL: none. */
void sandbox_process_begin(struct sandbox_process *process, const struct plan_process *plan,
                           const struct host_facts *facts, const struct seccomp_program *filter);

/*
 * The first of its steps, before a user namespace changes who we are and before a container can see us: from
 * then on our own process files may belong to somebody whom the namespace does not know. Processes made later
 * inherit it.
 */
int sandbox_process_set_oom_score(const struct sandbox_process *process, struct error *error);

/* Everything that can fail for reasons of the configuration: at create. Afterwards ids, capabilities and
 * directory are the program's. */
int sandbox_process_prepare(struct sandbox_process *process, struct error *error);

/* The rest, after the start. connection stays open until execve closes it. Returns only on failure. */
int sandbox_process_execute(struct sandbox_process *process, int connection, struct error *error);
