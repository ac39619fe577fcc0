/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that judge: forked once everything that all targets share was read, each asked for one target
 * after the other. A bounded number of targets is under way, and answers are given on in the order in which
 * the targets were asked about.
 *
 * Processes and not threads: a target that makes one of them end takes no other with it, and memory that a
 * large target took goes back.
 */
#pragma once

#include "check/judge.h"

/* What a target became: pieces of the report, one a result. */
struct check_answer {
    struct text pieces; /* uint32_t length and bytes, again and again */
    struct check_totals totals;
};

struct check_workers;

/* given: called in order, for each target that was asked about; tag as in check_workers_ask. */
struct check_receiver {
    int (*receive)(void *context, size_t tag, const struct check_answer *answer, struct error *error);
    void *context;
};

/* Judge one target here, in this process. answer: owned by the caller, reset first. -1: it does not fit. */
int check_answer(const struct check_request *request, const struct check_loaded *loaded,
                 const struct check_target *target, struct check_answer *answer, struct error *error);

/* count: at least 1; with 1 everything is judged in this process. */
struct check_workers *check_workers_begin(const struct check_request *request,
                                          const struct check_loaded *loaded, unsigned int count,
                                          const struct check_receiver *receiver, struct arena *arena);

/* Ask about a target; answers that are there are given on, and where too many are under way it waits for
 * some. -1: a worker ended, the receiver failed. */
int check_workers_ask(struct check_workers *workers, const struct check_target *target, size_t tag,
                      struct error *error);

/* An answer that needs nobody, in its turn. Its text is taken over. */
int check_workers_put(struct check_workers *workers, struct check_answer *answer, size_t tag,
                      struct error *error);

/* Wait for all answers. */
int check_workers_drain(struct check_workers *workers, struct error *error);

/* End and reap them, whatever they do. */
void check_workers_end(struct check_workers *workers);
