/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to policy, strictly, and back. All mistakes of a file are found in one reading, each with its place.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/model.h"

/* A mistake (the file is no policy), or advice of `lint` (it is one, and may not mean what its author
 * thinks). */
struct policy_problem {
    const char *file;
    uint32_t line, column;
    const char *pointer; /* RFC 6901, into the policy */
    const char *text;    /* what is wrong, and how to mend it ("did you mean …") */
    const char *advice;  /* id of the advice ("image-selector-unverified"); NULL: a mistake */
};
struct policy_problems {
    struct policy_problem *items;
    size_t count, capacity;
};

void policy_problem_add(struct policy_problems *problems, struct arena *arena, struct policy_problem problem);

/* How files beside a policy (a syscall profile) are read. NULL in policy_read: a profile file is a mistake.
 */
struct policy_files {
    /* Read `path`, relative to the policy's own file, once and bounded. -1 with *error. */
    int (*read)(void *context, const char *policy_file, const char *path, struct arena *arena,
                const char **bytes, size_t *length, struct error *error);
    void *context;
};

/*
 * Read one policy. file: for messages and findings. On a mistake: NULL in *policy, all of them in *problems,
 * and *error holds the first with "(and N more)". -1: ERROR_INVALID, ERROR_LIMIT.
 */
int policy_read(const char *bytes, size_t length, const char *file, const struct policy_files *files,
                struct arena *arena, struct policy_problems *problems, const struct policy **policy,
                struct error *error);

/* Write a policy in full, canonical form: reading it gives an equal policy (but for places and digest). */
void policy_print(struct text *text, const struct policy *policy, unsigned int indent);

/* Are the two equal in meaning: everything but file, digest, places? */
bool policy_equal(const struct policy *one, const struct policy *other);

/* Are two documents the same, whatever the order of members? NULL is only the same as NULL. */
bool policy_same_tree(const struct json_value *one, const struct json_value *other);

/* Advice on a policy that is one: what it leaves open or cannot mean. Appended to *problems; as mistakes
 * those that only a decision would find: names of system calls that there are not. */
void policy_lint(const struct policy *policy, struct arena *arena, struct policy_problems *problems);
