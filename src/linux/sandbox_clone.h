/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new process of ours in new namespaces and in its cgroup, from its first instant on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sandbox_clone {
    uint64_t flags;       /* CLONE_NEW… without CLONE_NEWTIME and CLONE_NEWCGROUP, and CLONE_PARENT */
    int cgroup;           /* directory of the cgroup to be born in, or -1 */
    int pidfd;            /* out: the child's; the caller's to close */
    bool outside;         /* out: the kernel has no CLONE_INTO_CGROUP: the child is not in the cgroup yet */
    const char *fallback; /* out: NULL, or a static text naming the other way that was taken */
};

/*
 * clone3(2), a copy of the calling process; with CLONE_PARENT a sibling. Returns the pid as the caller sees
 * it, 0 in the child, or -1 with errno. Fallbacks: no clone3 (ENOSYS, from a filter outside of us): clone(2);
 * no CLONE_INTO_CGROUP (EINVAL or E2BIG, before Linux 5.7): without it. In both the child starts outside of
 * the cgroup: the caller puts it there by sandbox_clone_enter before it may go on, so the child must be told
 * before the call to wait: `may_start_outside` tells.
 *
 * may_start_outside false: these two fail with EAGAIN instead, nothing was made, and the caller tries again
 * with true.
 */
pid_t sandbox_clone(struct sandbox_clone *request, bool may_start_outside);

/* Put a process into a cgroup by its directory's cgroup.procs. 0 or -1 with errno. */
int sandbox_clone_enter(int cgroup, pid_t pid);
