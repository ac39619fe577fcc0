/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question of the runtime's, as CRIU wants it. Members of a question ("dump", "pre-dump", "restore"; each
 * may be left out):
 *
 *   pid, root, log, parent, freeze-cgroup, cgroup-root, cgroup-yard, manage-cgroups, network-lock, config,
 * lsm-profile, lsm-mount-context, page-server-address, page-server-port, empty-namespaces set a switch of
 * CRIU's by its name in `switches`, e.g. "leave-running"; repeated mount, source            an external
 * mount: its key and its value; repeated in pairs external                 something else that is external:
 * "net[4026531840]:extRootNetNS"; repeated join, path               a namespace to be joined: its kind
 * ("ipc") and its file; repeated in pairs descriptor               the name of the next descriptor that came
 * along; repeated no-new-privileges        "yes": criu, and so what it restores, may gain no privileges
 *   inherit, key             the name of a descriptor, and what it stands for in the images; repeated in
 * pairs
 */
#pragma once

#include <criu/criu.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"

enum { REQUEST_DESCRIPTORS_MAX = 16 };

/* Descriptors by the names that the question gives them; owned. */
struct request_descriptors {
    const char *names[REQUEST_DESCRIPTORS_MAX];
    int items[REQUEST_DESCRIPTORS_MAX];
    size_t count;
};

/* What a descriptor is to CRIU: the one at `index` of the list carries what the images call `key`. */
struct request_inherit {
    size_t index;
    const char *key;
};

struct request {
    CriuReqType type;
    CriuOpts options; /* without inherit_fd: swrk.c numbers descriptors */
    struct request_descriptors descriptors;
    struct request_inherit inherits[REQUEST_DESCRIPTORS_MAX];
    size_t inherit_count;
    bool no_new_privileges;
};

/* Read the question. Strings are borrowed from it, lists are the arena's. descriptors: what came along, taken
 * over whatever the result. ERROR_INVALID: a member that is not known here, a list without its other half. */
int request_read(const struct message *question, const int *descriptors, size_t count, struct arena *arena,
                 struct request *request, struct error *error);

/* The descriptor of that name, lent; -1: none came. */
int request_descriptor(const struct request *request, const char *name);

void request_close(struct request *request);
