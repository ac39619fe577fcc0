/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pipeline up to the plan: read once -> parse -> verify -> read policies -> look at what they ask about
 * -> decide
 * -> plan. Nothing here changes the host; `create`, `run`, `plan` and `policy explain` are this same code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "container/notices.h"
#include "container/policies.h"
#include "linux/host_probe.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "spec/spec.h"
#include "trust/trust.h"

struct prepare_request {
    const char *id;
    const char *bundle; /* as given: absolute or relative to the working directory; NULL: that directory */
    const char *config_file; /* in the bundle; NULL: "config.json" */
    const char *image; /* --image: folder that stands for BUNDLE/thwart.image, as given; NULL: that one */
    enum plan_cgroup_manager cgroup_manager;
    bool allow_socketcall; /* see struct runtime */
    bool no_pivot, no_new_keyring;
    uint32_t preserve_fds, listen_fds;
    const char *notify_socket;
    enum host_probe_depth probe_depth;
    const struct host_facts *facts; /* given instead of observed (`plan --host-facts`); NULL: observe */
    const struct policies_request *policies;
    /* Policies that were read already, for many requests: `policies` is not looked at. What one request has
     * read (a shipped policy that it names) is not kept in them. NULL: they are read. */
    const struct policies *loaded;
    /* The configuration's bytes where the caller has them already; config_file is then only their name. NULL:
     * they are read. */
    const char *config;
    size_t config_length;
    /* Nothing that the request names is looked at on this host: judged by its words. Without `facts`, no host
     * is meant at all, and nothing is unsupported. */
    bool words_alone;
    const char *state_root; /* --root; NULL: the default. What is known about images is remembered there */
    const char *action;     /* "create": a refusal is told as an event of this action; NULL: nobody is told */
    bool delegated;         /* another runtime gets what is granted */
    bool decide_only; /* stop after the decision, and return 0 whatever it is; findings have their places */
};

/* Everything lives in the arena given to prepare(). */
struct prepared {
    const char *bundle; /* absolute */
    const char *config; /* the bytes of config.json: what was parsed and what was digested */
    size_t config_length;
    struct digest digest;
    const struct json_value *tree; /* of config, for places */
    const struct spec *spec;       /* what is asked */
    struct trust trust;
    const struct policies *loaded;
    struct policy_set policies;      /* that apply */
    struct policy_observed observed; /* what they were judged with */
    struct policy_decision decision;
    const struct spec *grant; /* what is given; NULL: refused (decide_only) */
    const struct host_facts *facts;
    const struct plan *plan;  /* NULL: decide_only */
    struct json_notes *notes; /* of the parser */
};

/* The plan of what was granted (after decide_only): would the host of prepared->facts enforce it? Errors:
 * ERROR_UNSUPPORTED, ERROR_INVALID. */
int prepare_plan(const struct prepare_request *request, struct arena *arena, struct prepared *prepared,
                 struct error *error);

/* The decision about what was prepared, as an event. state_directory: -1: none yet. */
int prepare_tell(const struct prepared *prepared, const char *action, const char *id, int state_directory,
                 const struct notices *notices, struct arena *arena, struct error *error);

/* Notices: what the parser and the plan left out (debug). Errors: ERROR_INVALID, ERROR_LIMIT,
 * ERROR_UNTRUSTED, ERROR_DENIED, ERROR_UNSUPPORTED, … */
int prepare(const struct prepare_request *request, const struct notices *notices, struct arena *arena,
            struct prepared *prepared, struct error *error);

/*
 * Read a document of the caller's once, through one descriptor: a regular file of at most limit bytes that
 * does not change while it is read; with AT_FDCWD (named on the command line) also a pipe. directory: what a
 * relative path starts from, or AT_FDCWD. name: for messages.
 */
int prepare_read_document(int directory, const char *path, const char *name, size_t limit,
                          struct arena *arena, char **bytes, size_t *length, struct error *error);

enum { PREPARE_CONFIG_BYTES_MAX = 16 * 1024 * 1024 };

/* A directory as the caller gave it, made absolute without resolving anything: the kernel follows links at
 * the moment of use. */
int prepare_absolute(const char *path, struct arena *arena, const char **absolute, struct error *error);

/* Turn a refusal among the findings into ERROR_DENIED; 0 when there is none. */
int prepare_check_decision(const struct policy_decision *decision, struct error *error);
