/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart as a policy gate in front of another OCI runtime (runc, crun, runsc, Kata): it decides, and hands on
 * what was granted.
 *
 * A delegated container is on record in ROOT/@delegated/ID: the same record, granted configuration and bounds
 * as one of our own, `delegate.json` (which program, which state directory of its own), and `bundle`, the
 * narrowed bundle that the delegate is given. Who has such a record is the delegate's, whatever later command
 * lines say; everybody else is ours.
 *
 * The functions return 1 when the delegate has done it (*status is its exit status, its words went where
 * ours would), 0 when the container is none of a delegate's and the caller shall do it, -1 on an error of
 * ours.
 */
#pragma once

#include <sys/types.h>
#include "container/operations.h"

/* Names beside the containers: '@' is in no container id. */
#define DELEGATED_DIRECTORY "@delegated"
#define DELEGATE_STATE      "@delegate"
#define DELEGATED_BUNDLE    "bundle"

/* Of the command line. */
struct delegation {
    const char *path;            /* --delegate; NULL: what thwart.json says */
    const char *root;            /* --delegate-root: its state directory; NULL: ROOT/@delegate */
    struct json_strings options; /* --delegate-option: global options of its own */
    /* Ours that it has too; NULL, false: not given. */
    const char *log, *log_format, *rootless, *cgroup_manager;
    bool debug, systemd_cgroup;
    char *const *words; /* the command and its arguments, as given */
    size_t word_count;
};

/* create and run: decide; refused, or the narrowed bundle is made and handed on. Nothing is left of what the
 * delegate did not make. action: the command's name. */
int delegate_create(const struct runtime *runtime, const struct create_request *request, const char *action,
                    int *status, struct error *error);

/* exec: at most the grant and the policies. Does not return when it goes well: the delegate takes our place.
 */
int delegate_exec(const struct runtime *runtime, const struct exec_request *request, struct error *error);

/* update: the resources that are asked for, narrowed. */
int delegate_update(const struct runtime *runtime, const struct update_request *request, int *status,
                    struct error *error);

/* delete: what we keep goes when the delegate has none of it any more. */
int delegate_delete(const struct runtime *runtime, const char *id, bool force, int *status,
                    struct error *error);

/* checkpoint: if the policies allow it, handed on as it is. Does not return when it goes well. */
int delegate_checkpoint(const struct runtime *runtime, const char *id, struct error *error);

/* restore: ERROR_UNSUPPORTED where a delegate is configured: what the images hold beyond the grant could not
 * be seen. */
int delegate_restore(const struct runtime *runtime, struct error *error);

/* Commands that no policy bounds (start, kill, state, ps, pause, resume, events), handed on as they are. id
 * NULL: list and features, where a delegate is configured. Does not return when it goes well. */
int delegate_pass(const struct runtime *runtime, const char *id, struct error *error);
