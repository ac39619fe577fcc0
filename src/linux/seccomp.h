/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A seccomp filter: compiled once from the plan (seccomp_compile.c, the only user of libseccomp), kept by
 * digest, loaded last.
 *
 * What a plan means, where the OCI specification leaves it open:
 *  - Several rules apply to one call: the strictest action wins, as among stacked filters. (libseccomp lets
 * an unconditional ALLOW swallow a conditional ERRNO without a word.) Among equally strict ones the first
 * wins.
 *  - A rule whose action equals the default is a rule like any other.
 *  - Conditions of one rule must all hold, unless one argument index occurs twice: then each condition is a
 * rule of its own, as runc and crun do it.
 *  - A 32-bit ABI's arguments are their low halves; elsewhere all 64 bits are compared as given, and where
 * the kernel looks at 32 bits only and that opens a gap, a note says so.
 *  - Numbers above the newest call that the rules name for an ABI get ENOSYS, so that C libraries fall back,
 * unless the default is ALLOW, LOG or TRACE or defaultErrnoRet was given.
 *  - Architectures and ABIs that are not listed (x32 among them) get the default action when it refuses,
 * KILL_PROCESS when it does not: rules that do not apply to an ABI must not be avoidable by using it. The
 * native architecture is always listed.
 *  - socketcall(2) and ipc(2) carry their arguments in memory. Where a rule on one of their calls looks at
 * arguments they answer ENOSYS (the direct calls exist since 4.3 and 5.1) unless
 * plan_seccomp.allow_socketcall.
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
    const struct plan_note *
        notes; /* what was left out or reads otherwise than it looks; in the arena; cached with the program */
    size_t note_count;
};

/*
 * The program for plan: from cache_directory when it holds one (checked: owner, mode, length, digest), else
 * compiled, tried and put there. cache_directory NULL: compile and try always. The digest covers every field
 * of the plan, the libseccomp version, the kernel's release and machine, and our own format version. A cache
 * that cannot be used or written is a note, not an error. Errors name the rule ("linux/seccomp/syscalls/3")
 * for unknown names of an action that restricts.
 */
int seccomp_prepare(const struct plan_seccomp *plan, const char *cache_directory, struct arena *arena,
                    struct seccomp_program *program, struct error *error);

/* Try the program in throw-away children (about 1 ms), so that E2BIG, EINVAL and unknown flags show at
 * create. */
int seccomp_trial(const struct seccomp_program *program, struct error *error);

/* Load it into this task. Returns the listener descriptor when the program has
 * SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0; -1 with errno. No system call but seccomp(2) is made. */
int seccomp_install(const struct seccomp_program *program);

/* Compile, uncached and untried (seccomp_compile.c). */
int seccomp_compile(const struct plan_seccomp *plan, struct arena *arena, struct seccomp_program *program,
                    struct error *error);

/* The library's version as one number, for digests and `features`: major << 16 | minor << 8 | micro. */
uint32_t seccomp_library_version(void);
