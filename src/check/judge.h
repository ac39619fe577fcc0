/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One target -> its results, by the code that create runs. */
#pragma once

#include "check/check.h"

/* A target as it was named, or as it was found in a folder. */
struct check_target {
    const char *name; /* "-": standard input */
    bool found;       /* in a folder: a file that is none of ours is no result */
};

/* What was read once, before the first target; workers inherit it. */
struct check_loaded {
    struct policies policies;
    const char (*known)[CHECK_FINGERPRINT_SIZE]; /* the baseline's, ordered */
    size_t known_count;
    const char *input; /* standard input's bytes; NULL: not read, and why */
    size_t input_length;
    const char *input_problem;
};

/* Judge a target. Everything lives in the arena. Never fails: what cannot be judged is a result with a
 * problem. */
void check_judge(const struct check_request *request, const struct check_loaded *loaded,
                 const struct check_target *target, struct arena *arena, const struct check_result **results,
                 size_t *count);

/* A result that is one problem: of a target that is nothing. */
struct check_result check_problem_result(const struct check_request *request,
                                         const struct check_loaded *loaded, const char *name,
                                         enum check_kind kind, enum check_outcome outcome,
                                         const char *message, struct arena *arena);

/* Fill in what hangs on all findings and problems together: fingerprints, what is known, counts, order and
 * outcome. refused: as the decision says. */
void check_finish(const struct check_request *request, const struct check_loaded *loaded,
                  struct check_finding *findings, struct check_problem *problems, struct arena *arena,
                  struct check_result *result);

/* Add a result to the totals. */
void check_count(const struct check_result *result, struct check_totals *totals);

/* A policy, a file of waivers or thwart.json, as `policy check` does. */
struct check_result check_judge_policy(const struct check_request *request, const struct check_loaded *loaded,
                                       const char *name, const char *bytes, size_t length,
                                       struct arena *arena);

/* A configuration to judge. */
struct check_document {
    const char *name; /* of the target */
    enum check_kind kind;
    const char *file;   /* where places are */
    const char *bundle; /* what relative sources start from; NULL: the working directory */
    const char *bytes;
    size_t length;
    /* Of a configuration that nobody wrote: where in the document that it was made of (shown) a pointer comes
     * from. NULL: places are those of bytes. */
    struct check_place (*place)(void *context, const char *pointer);
    void *context;
    const char *shown;
    size_t shown_length;
};
struct check_result check_judge_configuration(const struct check_request *request,
                                              const struct check_loaded *loaded,
                                              const struct check_document *document, struct arena *arena);
