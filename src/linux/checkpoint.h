/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checkpoint: the processes of a container become images (CRIU), by the helper program thwart-criu. The other
 * way is linux/restore.h; both take the same options.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "base/message.h"
#include "plan/plan.h"
#include "linux/helper.h"
#include "linux/process_identity.h"

#define CHECKPOINT_HELPER      "thwart-criu"
#define CHECKPOINT_DUMP_LOG    "dump.log"
#define CHECKPOINT_RESTORE_LOG "restore.log"

enum { CHECKPOINT_STREAMS = 3, CHECKPOINT_STREAM_KEY_SIZE = 4096 };

/* The options of both commands; paths are absolute. What a command does not have stays at its zero. */
struct checkpoint_options {
    const char *image_path;
    const char *work_path;           /* for logs; NULL: image_path */
    const char *parent_path;         /* of an earlier pre-dump, relative to image_path; NULL: none */
    const char *network_lock;        /* "iptables", "nftables"; NULL: criu's own choice */
    const char *manage_cgroups;      /* "soft", "full", "strict", "ignore"; NULL: soft */
    const char *page_server_address; /* NULL: none */
    uint16_t page_server_port;
    const char *lsm_profile, *lsm_mount_context; /* NULL: as dumped */
    int status_fd; /* told with a NUL byte that lazy pages are served; -1: none */
    bool leave_running, pre_dump, lazy_pages, auto_dedup, empty_network;
    bool tcp_established, tcp_close, tcp_skip_in_flight, link_remap, external_unix_sockets, shell_job,
        file_locks;
};

/* Can this build and this host do it: the helper program and criu are there. ERROR_UNSUPPORTED says what is
 * missing. */
int checkpoint_available(struct error *error);

/* What a standard stream of the container was connected to, as the images call it ("pipe:[4711]"); for a
 * restore, which puts its own in place of those that are pipes or files of the host ("file[…]"). */
struct checkpoint_streams {
    char keys[CHECKPOINT_STREAMS][CHECKPOINT_STREAM_KEY_SIZE];
};

/* Of a running container. */
int checkpoint_streams_of(pid_t pid, struct checkpoint_streams *streams, struct error *error);

/* Can a restore put a stream of its own in place of what is called key? */
bool checkpoint_stream_is_replaced(const char *key);

struct checkpoint_request {
    const struct plan *plan;      /* with the cgroup that the record names */
    struct process_identity init; /* verified */
    const struct checkpoint_options *options;
    const struct checkpoint_streams *streams;
};

/*
 * Dump (or pre-dump). On success the processes have ended, unless they are left running; on an error they run
 * on as before, frozen only if they were. The error quotes CRIU's complaint and names its log.
 */
int checkpoint_dump(const struct checkpoint_request *request, struct error *error);

/* ---- what both ways share ---- */

/* Refuse by name what CRIU would lose without a word. */
int checkpoint_check_plan(const struct plan *plan, struct error *error);

/* The members that follow from the options alone (criu/request.h). */
void checkpoint_describe(const struct checkpoint_options *options, struct message *message);

/* Begin anew in descriptors[0…*count): the next one is called name in the message. */
void checkpoint_add_descriptor(struct message *message, const char *name, int descriptor, int *descriptors,
                               size_t *count);

/* While CRIU works: its own word for what it does ("setup-namespaces"), the container's first process or 0,
 * CRIU's own process, and what came along (lent) or -1. */
struct checkpoint_event {
    const char *action;
    pid_t pid, criu;
    int descriptor;
};

struct checkpoint_listener {
    int (*heard)(void *context, const struct checkpoint_event *event, struct error *error);
    void *context;
    bool refused; /* out: it was heard() that failed; its error is the one that is returned */
};

/* Ask the helper and follow its events to the end. *pid: of a restored container (may be NULL). */
int checkpoint_converse(struct helper *helper, const struct message *question, const int *descriptors,
                        size_t count, struct checkpoint_listener *listener, pid_t *pid, struct error *error);

/* Remove an older log from a directory: what is quoted shall be of this run. */
int checkpoint_remove_log(int directory, const char *log, struct error *error);

/* Put CRIU's last complaint and the log's path into the error of a failed run, if there is a log: what
 * ("dumping container c1") stands first. Returns -1. */
int checkpoint_explain(const struct checkpoint_options *options, const char *log, const char *what,
                       struct error *error);

/* Tell whoever waits at status_fd. */
int checkpoint_tell_ready(const struct checkpoint_options *options, struct error *error);
