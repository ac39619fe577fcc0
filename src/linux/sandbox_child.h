/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's init, from its birth to its program; and the stage process that makes it where user
 * namespaces are involved. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "linux/namespaces.h"
#include "linux/rootfs.h"
#include "linux/sandbox.h"
#include "linux/sandbox_process.h"

/* What a child needs, made by the parent before the clone and inherited as memory. */
struct sandbox_child {
    const struct sandbox_request *request;
    const struct plan *plan;
    struct namespace_handles handles;
    struct rootfs_sources sources;
    struct sandbox_process process;
    uint64_t children_flags; /* joined by the parent for its children already */
    int parent_end;          /* of the control socket: to be closed */
    int control, gate;
    int32_t number; /* init's pid as the runtime sees it, once the parent has said it */
    bool staged;    /* a stage process makes the user namespace, and init from it */
    bool recorded;  /* RECORDED was heard */
    bool waits;     /* the parent has something to do before the child may go on: maps, devices, cgroup */
};

/* Is a user namespace entered, by making or joining it? */
bool sandbox_child_enters_user_namespace(const struct sandbox_child *child);

/* Those of the plan's new namespaces that the child makes by itself once it is in its cgroup and root of its
 * user namespace; the clone makes the others (time aside). */
uint64_t sandbox_child_makes_namespaces(const struct sandbox_child *child);

/* A user namespace was made or joined: be its root, unreadable to others, and still die with the parent. */
int sandbox_child_own_user_namespace(const struct sandbox_child *child, struct error *error);

/* init. Never returns. */
_Noreturn void sandbox_child_run(struct sandbox_child *child);

/* The stage process. Never returns. */
_Noreturn void sandbox_stage_run(struct sandbox_child *child);
