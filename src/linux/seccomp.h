/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A seccomp filter: compiled once from the plan (seccomp_compile.c, the only user of libseccomp), kept by digest, loaded last.
 */
#pragma once

#include <linux/filter.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

struct seccomp_program {
    struct sock_filter *instructions; /* in the arena */
    unsigned short count;
    uint64_t flags; /* for seccomp(2): SECCOMP_FILTER_FLAG_* */
};

/*
 * The program for plan: from cache_directory when it holds one (checked: owner, mode, length, digest), else compiled and put there.
 * cache_directory NULL: compile always. The digest covers every field of the plan, the libseccomp version, and our own format version.
 * Errors name the rule ("linux/seccomp/syscalls/3") for unknown names of an action that restricts; see docs for what is reported.
 */
int seccomp_prepare(const struct plan_seccomp *plan, const char *cache_directory, struct arena *arena,
                    struct seccomp_program *program, struct error *error);

/* Try the program in a throw-away child, so that E2BIG, EINVAL and unknown flags show at create. */
int seccomp_trial(const struct seccomp_program *program, struct error *error);

/* Load it into this task. Returns the listener descriptor when the program has SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0; -1 with errno. No
 * system call but seccomp(2) is made. */
int seccomp_load(const struct seccomp_program *program);

/* Compile, uncached (seccomp_compile.c). */
int seccomp_compile(const struct plan_seccomp *plan, struct arena *arena, struct seccomp_program *program, struct error *error);
