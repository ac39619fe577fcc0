/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a container as a table: which operation is possible in which state. Pure. OCI runtime.md,
 * "Lifecycle". */
#pragma once

#include "base/error.h"

enum container_status {
    CONTAINER_CREATING, /* its creator is at work */
    CONTAINER_CREATED,  /* init waits for `start` */
    CONTAINER_RUNNING,
    CONTAINER_PAUSED,  /* its cgroup is frozen */
    CONTAINER_STOPPED, /* init has ended, or never lived */
    CONTAINER_BROKEN,  /* its record cannot be read */
    CONTAINER_STATUS_COUNT
};

enum container_operation {
    OPERATION_START,
    OPERATION_KILL,
    OPERATION_KILL_ALL,
    OPERATION_EXEC,
    OPERATION_DELETE,
    OPERATION_DELETE_FORCE,
    OPERATION_EXEC_PAUSED, /* exec --ignore-paused */
    OPERATION_CHECKPOINT,
    OPERATION_PAUSE,
    OPERATION_RESUME,
    OPERATION_PS,
    OPERATION_UPDATE,
    OPERATION_EVENTS,
    OPERATION_COUNT
};

/* The word for a status: the specification's five, and "broken". */
const char *container_status_name(enum container_status status);
const char *container_operation_name(enum container_operation operation);

/* 0 when operation is possible; else ERROR_STATE with why, naming id. Engines match some of the words: see
 * lifecycle.c. */
int lifecycle_check(enum container_operation operation, enum container_status status, const char *id,
                    struct error *error);
