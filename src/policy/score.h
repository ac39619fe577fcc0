/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of the host a container can reach, as a number: 0.0 (nothing) to 10.0 (everything). Pure.
 *
 * A term is one fact about a configuration that exposes the host ("cap-sys-admin", "host-pid"). Weights are
 * points a term, interactions points for terms that are worse together; both are data
 * (policies/score/weights.json). With S points a container scores 10 * S / (S + half): every further term
 * raises the score, and none takes it to 10.
 *
 * Laws (tests/property/score_laws.c): no term is the absence of another's danger, so what only takes away
 * never raises a score: a grant does not score worse than its request, nor does another policy.
 */
#pragma once

#include "policy/policy.h"

/* Capabilities come first, a term each, by their numbers. */
enum score_term {
    SCORE_CAPABILITIES = 0,
    SCORE_FIRST_OTHER = 64,
    SCORE_ROOT_USER = SCORE_FIRST_OTHER,
    SCORE_NO_USER_NAMESPACE,
    SCORE_MAPS_HOST_ROOT,
    SCORE_MAY_GAIN_PRIVILEGES,
    SCORE_HOST_PID,
    SCORE_HOST_NETWORK,
    SCORE_HOST_IPC,
    SCORE_HOST_UTS,
    SCORE_HOST_MOUNT,
    SCORE_HOST_CGROUP,
    SCORE_JOINED_NAMESPACE,
    SCORE_ROOT_WRITABLE,
    SCORE_RUNTIME_SOCKET,
    SCORE_SENSITIVE_PATH_WRITABLE,
    SCORE_SENSITIVE_PATH_READABLE,
    SCORE_HOST_PATH_WRITABLE,
    SCORE_HOST_PATH_READABLE,
    SCORE_SETUID_MOUNT,
    SCORE_SHARED_PROPAGATION,
    SCORE_PROC_UNMASKED,
    SCORE_PROC_WRITABLE,
    SCORE_SYSFS_WRITABLE,
    SCORE_CGROUP_WRITABLE,
    SCORE_ALL_DEVICES,
    SCORE_BLOCK_DEVICES,
    SCORE_MEMORY_DEVICE,
    SCORE_NO_SECCOMP,
    SCORE_PERMISSIVE_SECCOMP,
    SCORE_CALLS_MOUNT,
    SCORE_CALLS_MODULE,
    SCORE_CALLS_NAMESPACE,
    SCORE_CALLS_BPF,
    SCORE_CALLS_KEYRING,
    SCORE_CALLS_DEBUG,
    SCORE_CALLS_IO_URING,
    SCORE_NO_LSM,
    SCORE_NO_LANDLOCK,
    SCORE_NO_MEMORY_LIMIT,
    SCORE_NO_PIDS_LIMIT,
    SCORE_NO_CPU_LIMIT,
    SCORE_OOM_PROTECTED,
    SCORE_HOOKS,
    SCORE_TERM_COUNT,
};

/* "cap-sys-admin", "host-pid"; NULL: a number that stands for nothing. */
const char *score_term_name(enum score_term term);
/* False: there is none of that name. */
bool score_term_find(const char *name, enum score_term *term);

/* ---- what is there ---- */

struct score_exposure {
    bool present;
    const char **pointers; /* into the configuration: why */
    size_t count;
};
struct score_view {
    struct score_exposure terms[SCORE_TERM_COUNT];
};

/* Look at a configuration by its words alone. layers: filters and Landlock that stack on it; NULL: none. */
void score_look(const struct spec *spec, const struct policy_layers *layers, struct arena *arena,
                struct score_view *view);

/* Parts of it, one file each. */
void score_add(struct score_view *view, enum score_term term, struct arena *arena, const char *pointer);
void score_look_at_mounts(const struct spec *spec, struct arena *arena, struct score_view *view);
void score_look_at_calls(const struct spec *spec, const struct policy_layers *layers, struct arena *arena,
                         struct score_view *view);

/* ---- what it weighs ---- */

struct score_words {
    uint32_t weight;   /* points; 0: does not count */
    const char *what;  /* what it means for the host */
    const char *lower; /* how to be rid of it */
};
struct score_interaction {
    const char *name;
    struct score_words words;
    struct json_strings all, any; /* names of terms: all of `all`, and one of `any` where it is not empty */
};
struct score_weights {
    const char *file;
    uint32_t half; /* points that score 5.0 */
    struct score_words terms[SCORE_TERM_COUNT];
    const struct score_interaction *interactions;
    size_t interaction_count;
};

/* Read a file of weights. Terms that it does not list weigh nothing; words that it leaves out are those of
 * `words`, NULL: they must be there. -1: ERROR_INVALID, ERROR_LIMIT with FILE:LINE:COLUMN. */
int score_weights_read(const char *bytes, size_t length, const char *file, const struct score_weights *words,
                       struct arena *arena, struct score_weights *weights, struct error *error);

/* Those that are built in: policies/score/weights.json. */
int score_weights_shipped(struct arena *arena, struct score_weights *weights, struct error *error);

bool score_interaction_holds(const struct score_interaction *interaction, const struct score_view *view);
uint32_t score_points(const struct score_weights *weights, const struct score_view *view);
/* In tenths: 0 … 100. */
uint32_t score_of_points(const struct score_weights *weights, uint32_t points);
