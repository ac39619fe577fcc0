/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question, carried out by a process of its own, the leader of a session: what it starts is ended with it
 * when time is up, and what breaks it does not keep this program from answering and cleaning up.
 */
#pragma once

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/message.h"

struct job {
    const struct message *question;
    const int *descriptors;
    size_t descriptor_count;
    struct arena *arena;
};

/* In the worker: fill the answer ("done") or the error. */
typedef int job_work(const struct job *job, const void *detail, struct message *answer, struct error *error);

/* Have work done in at most timeout_ms. *answer is what it answered. ERROR_LIMIT: time was up. */
int job_run(const struct job *job, job_work *work, const void *detail, int timeout_ms, struct message *answer,
            struct error *error);

/* The kinds of questions: each fills *answer or the error. */
int job_verify(const struct job *job, int timeout_ms, struct message *answer, struct error *error);
int job_keys(const struct job *job, int timeout_ms, struct message *answer, struct error *error);
int job_sign(const struct job *job, int timeout_ms, struct message *answer, struct error *error);
