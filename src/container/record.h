/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known about one container, as a document: `record.json` in its state directory.
 *
 * Record, then act: the first version (the intent) stands there before the first effect and names everything
 * that `delete
 * --force` must look for; it is amended when the process is born and when the container is complete. Each
 * version replaces the one before by rename, so a reader sees a whole one. Pure data here;
 * container/state_store.c writes and reads it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "json/table.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* Of the document. A record with another number is refused: a guess about what to clean up is worse than a
 * question. */
enum { RECORD_VERSION = 1, RECORD_BYTES_MAX = 4 * 1024 * 1024 };

struct record_cgroup {
    const char *mount, *path; /* as in plan_cgroup */
    uint32_t created_from;    /* cgroup_made; before the birth what was seen beforehand */
    bool has_created_from;
    uint64_t inode; /* as in cgroup_made; 0: not needed */
    bool has_inode;
    struct json_strings controllers;
};

/* A class of /sys/fs/resctrl, as in plan_intel_rdt; only when there is something to remove of it. */
struct record_resctrl {
    const char *clos_id;
    bool create, monitoring;
};

/* The scope that systemd makes: on record before it is asked to. The cgroup's path is known once it is made.
 */
struct record_unit {
    const char *unit;        /* "libpod-ID.scope" */
    const char *description; /* tells it from another's unit of that name */
    bool user_manager;       /* of the user's own service manager */
};

/* What a policy has decided on when it allowed a hook that a later command runs (plan_judged_program). */
struct record_judged_hook {
    const char *path;   /* as the hook has it */
    const char *place;  /* without symlinks */
    const char *sha256; /* of its contents, hex; NULL: they had no say */
};

/* What was proven about the image, in short (container/image_record.h). */
struct record_image {
    const char *found;           /* where; NULL: nowhere */
    const char *manifest;        /* "sha256:HEX", computed; NULL: not found */
    struct json_strings names;   /* that were signed */
    struct json_strings keys;    /* primary fingerprints of signatures that counted */
    struct json_strings issuers; /* of claims that bound it */
    const char *reason;          /* why the level is no higher; NULL */
};

struct record {
    uint32_t version;
    const char *id;
    const char *boot_id; /* the boot in which all that follows was true */
    int64_t creator_pid; /* the runtime that creates it: while that holds the lock, the container is being
                            created */
    uint32_t owner;      /* effective uid of the creator */
    const char *created; /* RFC 3339 */
    const char *oci_version;
    const char *bundle, *rootfs;          /* absolute */
    const char *config_digest;            /* sha256 of the bundle's config.json, hex */
    const char *trust;                    /* level of proof */
    const struct record_image *image;     /* NULL: nobody asked for a proof */
    struct json_strings policies;         /* that were applied: "baseline@sha256:HEX" */
    bool bounded;                         /* they bound something: bounds.json must be there */
    int64_t pid;                          /* of init; 0: not born yet */
    uint64_t start_time;                  /* of init, clock ticks since boot */
    const struct record_cgroup *cgroup;   /* NULL: none */
    const struct record_unit *unit;       /* NULL: the cgroup is not systemd's */
    const struct record_resctrl *resctrl; /* NULL: none */
    bool has_process;                     /* the configuration has a program to start */
    bool own_pid_namespace;               /* so that the end of init ends all */
    struct json_string_map annotations;
    const struct spec_hooks
        *hooks; /* those that later commands run: startContainer, poststart, poststop; NULL: none */
    struct json_structs judged_hooks; /* struct record_judged_hook */
    /* The command line's part of the plan, so that exec plans from the same. */
    bool no_pivot;
    uint32_t cgroup_manager; /* enum plan_cgroup_manager */
};

extern const struct json_table record_table;

/* Write record as one JSON document. */
void record_encode(struct text *text, const struct record *record);

/*
 * Read a record. name: for messages; id: the container's, which the record must name. Unknown members,
 * another version, values out of range, paths that climb: ERROR_INVALID. Everything lives in the arena.
 */
int record_decode(const char *bytes, size_t length, const char *name, const char *id, struct arena *arena,
                  const struct record **record, struct error *error);
