/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lifecycle table.
 *
 * Words that engines match: containerd and CRI-O take "container not running" in the answer to `kill` for "it
 * is gone already" and go on with their clean-up; any other text is a failed stop.
 */
#include "container/lifecycle.h"

#include <stddef.h>

/* NULL: possible. */
static const char *const refusals[OPERATION_COUNT][CONTAINER_STATUS_COUNT] = {
    [OPERATION_START] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_RUNNING] = "it is running already",
            [CONTAINER_PAUSED] = "it is paused",
            [CONTAINER_STOPPED] = "it has stopped; a container starts only once",
            [CONTAINER_BROKEN] = "its record cannot be read; delete --force removes it",
        },
    [OPERATION_KILL] =
        {
            [CONTAINER_CREATING] = "it is still being created; delete --force ends it",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read; delete --force ends it",
        },
    /* A stopped container may have left processes behind when it shared a PID namespace: --all reaches them.
     */
    [OPERATION_KILL_ALL] =
        {
            [CONTAINER_CREATING] = "it is still being created; delete --force ends it",
            [CONTAINER_BROKEN] = "its record cannot be read; delete --force ends it",
        },
    [OPERATION_EXEC] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            /* A frozen process would accept the command and never run it. */
            [CONTAINER_PAUSED] = "it is paused; resume it first",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    /* With its caller's word that somebody will resume it. */
    [OPERATION_EXEC_PAUSED] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    /* A paused one too: engines pause around it. */
    [OPERATION_CHECKPOINT] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_CREATED] = "it is created and not started: there is no program to dump",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    [OPERATION_PAUSE] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_PAUSED] = "it is paused already",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    [OPERATION_RESUME] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_CREATED] = "container not paused",
            [CONTAINER_RUNNING] = "container not paused",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    /* What has stopped has no processes, or those that outlived its first one: containerd and Docker want a
     * list of any container. */
    [OPERATION_PS] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    [OPERATION_UPDATE] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    [OPERATION_EVENTS] =
        {
            [CONTAINER_CREATING] = "it is still being created",
            [CONTAINER_STOPPED] = "container not running",
            [CONTAINER_BROKEN] = "its record cannot be read",
        },
    /* OCI runtime.md, "Delete": only what has stopped. runc and crun also delete what was created and never
     * started. Engines kill first, or use --force; buildah does neither when it fails between create and
     * start (its network): what is left there takes a delete --force. */
    [OPERATION_DELETE] =
        {
            [CONTAINER_CREATING] = "it is still being created; delete --force ends it",
            [CONTAINER_CREATED] = "it is created and not started; end it with kill, or use delete --force",
            [CONTAINER_RUNNING] = "it is running; stop it with kill, or use delete --force",
            [CONTAINER_PAUSED] = "it is paused; resume and stop it, or use delete --force",
            [CONTAINER_BROKEN] = "its record cannot be read; delete --force cleans up what is known of it",
        },
};

static const char *const status_names[CONTAINER_STATUS_COUNT] = {
    [CONTAINER_CREATING] = "creating", [CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
    [CONTAINER_PAUSED] = "paused",     [CONTAINER_STOPPED] = "stopped", [CONTAINER_BROKEN] = "broken",
};

static const char *const operation_names[OPERATION_COUNT] = {
    [OPERATION_START] = "start",
    [OPERATION_KILL] = "kill",
    [OPERATION_KILL_ALL] = "kill --all",
    [OPERATION_EXEC] = "exec",
    [OPERATION_DELETE] = "delete",
    [OPERATION_DELETE_FORCE] = "delete --force",
    [OPERATION_EXEC_PAUSED] = "exec --ignore-paused",
    [OPERATION_CHECKPOINT] = "checkpoint",
    [OPERATION_PAUSE] = "pause",
    [OPERATION_RESUME] = "resume",
    [OPERATION_PS] = "ps",
    [OPERATION_UPDATE] = "update",
    [OPERATION_EVENTS] = "show events of",
};

const char *container_status_name(enum container_status status)
{
    return status_names[status];
}

const char *container_operation_name(enum container_operation operation)
{
    return operation_names[operation];
}

int lifecycle_check(enum container_operation operation, enum container_status status, const char *id,
                    struct error *error)
{
    const char *refusal = refusals[operation][status];

    if (refusal == NULL)
        return 0;
    return error_set(error, ERROR_STATE, "cannot %s container %s: %s", container_operation_name(operation),
                     id, refusal);
}
