/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done with containers: one function an operation of OCI runtime.md (and `run`, `list`), one file
 * each.
 *
 * On failure an operation has undone what it began. Errors everywhere: ERROR_NOT_FOUND "container ID does not
 * exist", ERROR_STATE when the lifecycle forbids it, and those of the pipeline and of the effects.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "container/lifecycle.h"
#include "container/notices.h"
#include "container/policies.h"
#include "json/table.h"
#include "plan/plan.h"

struct delegation; /* container/delegate.h */

/* What all commands of one invocation share. */
struct runtime {
    const char *root; /* --root, NULL: the default */
    enum plan_cgroup_manager cgroup_manager;
    /* --allow-socketcall: where a filter looks at the arguments of socket(2) and its like, socketcall(2)
     * hides them, and is answered with ENOSYS (programs then use the direct calls, there since Linux 4.3).
     * Old 32-bit programs know no other way: this lets it through, unfiltered. */
    bool allow_socketcall;
    struct policies_request policies; /* --configuration, --policy */
    const struct delegation *delegation; /* what a delegate would be told; NULL: nobody is asked for one */
    struct notices notices;
};

/* ---- create, run ---- */

struct create_request {
    const char *id;
    const char *bundle;         /* NULL: the working directory */
    const char *config_file;    /* NULL: config.json */
    const char *image;          /* folder of the image's documents; NULL: thwart.image in the bundle */
    const char *pid_file;       /* NULL: none */
    const char *console_socket; /* NULL: none */
    const char *pidfd_socket;   /* gets a pidfd of init, NULL: none */
    bool no_pivot, no_new_keyring;
    uint32_t preserve_fds, listen_fds;
    const char *notify_socket; /* NULL: none */
    bool detach, keep;         /* run only */
    const char *action;        /* for decision events; NULL: create or run */
};

/* OCI "Create": everything but the program. When it returns 0, init waits in its final cgroup, its pid is in
 * the pid file. */
int container_create(const struct runtime *runtime, const struct create_request *request,
                     struct error *error);

/* create, start and, in the foreground, wait and delete (unless keep). *status: the exit status of the
 * program as shells say it (128 + signal); 0 when detached. */
int container_run(const struct runtime *runtime, const struct create_request *request, int *status,
                  struct error *error);

/* OCI "Start". A failing poststart (or startContainer) hook stops and destroys the container, as 1.3 says. */
int container_start(const struct runtime *runtime, const char *id, struct error *error);

/* OCI "Kill"; all: every process of its cgroup, also after init has ended. */
int container_kill(const struct runtime *runtime, const char *id, int signal_number, bool all,
                   struct error *error);

/* Freeze every process of the container, and wait until they stand; thaw them. By its cgroup: one without is
 * ERROR_UNSUPPORTED. Bounded in time. */
int container_pause(const struct runtime *runtime, const char *id, struct error *error);
int container_resume(const struct runtime *runtime, const char *id, struct error *error);

/* The processes of the container as this PID namespace numbers them, in the arena, ascending: those of its
 * cgroup and below it; without a cgroup those of its own PID namespace and below; ERROR_UNSUPPORTED when it
 * has neither. None is no error. */
int container_processes(const struct runtime *runtime, const char *id, struct arena *arena,
                        const pid_t **processes, size_t *count, struct error *error);

/* The ids, ordered, in which the pattern (base/pattern.h) is found; ERROR_USAGE when it is none. */
int container_matching(const struct runtime *runtime, const char *pattern, struct arena *arena,
                       const char *const **ids, size_t *count, struct error *error);

/* OCI "Delete". force: kill first, clean up after any fault from what is known, and no error when there is
 * nothing. */
int container_delete(const struct runtime *runtime, const char *id, bool force, struct error *error);

/* OCI "Query State": the document, appended to text. */
int container_state(const struct runtime *runtime, const char *id, struct text *text, struct error *error);

/* ---- list ---- */

struct container_entry {
    const char *oci_version, *id, *status, *bundle, *rootfs, *created, *owner;
    int64_t pid; /* 0: none */
    struct json_string_map annotations;
    const char *problem; /* of a broken one, NULL: none */
};

/* All containers, ordered by id, in the arena. A broken one is shown as broken and does not stop the list. */
int container_list(const struct runtime *runtime, struct arena *arena, const struct container_entry **entries,
                   size_t *count, struct error *error);

/* One JSON array. */
void container_list_encode(struct text *text, const struct container_entry *entries, size_t count);

/* ---- exec ---- */

struct exec_request {
    const char *id;
    const char
        *process_file; /* a process object; NULL: from the container's own process and the members below */
    struct json_strings arguments;
    const char *cwd, *user;           /* "UID[:GID]" */
    struct json_strings environment;  /* NAME=VALUE: added, or in place of the same name */
    struct json_strings capabilities; /* added to bounding, permitted and effective */
    struct json_strings additional_gids;
    const char *process_label, *apparmor_profile;
    bool no_new_privileges, terminal, detach;
    const char *console_socket, *pidfd_socket, *pid_file, *sub_cgroup;
    bool ignore_paused; /* wait in a paused container until it is resumed */
    uint32_t preserve_fds, listen_fds;
    const char *notify_socket;
};

/* A further process in the container, bounded by what the container was granted. *status as in container_run.
 */
int container_exec(const struct runtime *runtime, const struct exec_request *request, int *status,
                   struct error *error);

/* ---- update ---- */

/* The settings that have an option of their own, in the words of runc and crun. */
enum update_value {
    UPDATE_BLKIO_WEIGHT,
    UPDATE_CPU_PERIOD,
    UPDATE_CPU_QUOTA,
    UPDATE_CPU_BURST,
    UPDATE_CPU_RT_PERIOD,
    UPDATE_CPU_RT_RUNTIME,
    UPDATE_CPU_SHARE,
    UPDATE_CPU_IDLE,
    UPDATE_CPUSET_CPUS,
    UPDATE_CPUSET_MEMS,
    UPDATE_MEMORY,
    UPDATE_MEMORY_RESERVATION,
    UPDATE_MEMORY_SWAP,
    UPDATE_KERNEL_MEMORY,
    UPDATE_KERNEL_MEMORY_TCP,
    UPDATE_PIDS_LIMIT,
    UPDATE_L3_CACHE_SCHEMA,
    UPDATE_MEM_BW_SCHEMA,
    UPDATE_VALUE_COUNT
};

struct update_request {
    const char *id;
    const char *resources_file; /* a resources object, "-": from standard input; then of the values only those
                                   of the L3 cache and the memory bandwidth count. NULL: none */
    const char *values[UPDATE_VALUE_COUNT]; /* as the command line has them; NULL or "": not asked for */
    struct json_strings
        policies; /* that bound the container from now on, names or paths; they only tighten */
};

/* Change the resources of a created, running or paused container: all of what is asked for, or nothing of it.
 * What is not asked for stays; device rules always do. Later commands plan from the amended configuration. */
int container_update(const struct runtime *runtime, const struct update_request *request,
                     struct error *error);

/* ---- events ---- */

struct events_request {
    const char *id;
    bool once;           /* one document of statistics, and no stream */
    int64_t interval_ms; /* between two of them, at least 1 */
    int output;          /* a descriptor whose reader's end ends the stream; -1: none */
    /* Takes one line, its newline included. 0: go on, 1: nobody reads any more, -1: error. */
    int (*receive)(void *context, const char *line, size_t length, struct error *error);
    void *context;
};

/* Statistics of the container's cgroup at each interval, and "oom" when the kernel has killed for memory in
 * it, until the container stops. */
int container_events(const struct runtime *runtime, const struct events_request *request,
                     struct error *error);

/* ---- checkpoint, restore ---- */

struct checkpoint_options; /* linux/checkpoint.h; paths as the caller gave them */

/*
 * Write the images of a running or paused container. Unless it is left running (or only pre-dumped) it has
 * stopped afterwards; its record stays until delete. On an error it runs on.
 */
int container_checkpoint(const struct runtime *runtime, const char *id,
                         const struct checkpoint_options *options, struct error *error);

/*
 * A new container whose processes come out of images. Its configuration is the bundle's, and decides anew:
 * what the images hold beyond it is refused. *status as in container_run.
 */
int container_restore(const struct runtime *runtime, const struct create_request *request,
                      const struct checkpoint_options *options, int *status, struct error *error);
