/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clone3(2) and what stands in for it. */
#include "linux/sandbox_clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"

static pid_t call_clone3(struct sandbox_clone *request, bool into_cgroup)
{
    struct clone_args arguments = {
        .pidfd = (uint64_t)(uintptr_t)&request->pidfd,
    };

    arguments.flags = request->flags | (uint64_t)CLONE_PIDFD;
    /* A sibling inherits the signal of the caller, and the kernel refuses one of its own. */
    if ((request->flags & CLONE_PARENT) == 0)
        arguments.exit_signal = SIGCHLD;
    if (into_cgroup) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (unsigned int)request->cgroup;
    }
    /* Not through the C library: this is a fork that it need not know of, as nothing here has threads or
     * handlers. */
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

static pid_t call_clone(struct sandbox_clone *request)
{
    const unsigned long flags = (unsigned long)request->flags | CLONE_PIDFD | SIGCHLD;

#if defined(__s390x__)
    return (pid_t)syscall(SYS_clone, NULL, flags, &request->pidfd, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, flags, NULL, &request->pidfd, NULL, NULL);
#endif
}

pid_t sandbox_clone(struct sandbox_clone *request, bool may_start_outside)
{
    const bool into_cgroup = request->cgroup >= 0;
    pid_t pid;

    request->pidfd = -1;
    request->outside = false;
    request->fallback = NULL;
    pid = call_clone3(request, into_cgroup);
    if (pid >= 0)
        return pid;
    if (errno != ENOSYS && !(into_cgroup && (errno == EINVAL || errno == E2BIG)))
        return -1;
    if (into_cgroup && !may_start_outside) {
        errno = EAGAIN;
        return -1;
    }
    request->outside = into_cgroup;
    if (errno != ENOSYS) {
        request->fallback = "the process enters its cgroup after its birth (no CLONE_INTO_CGROUP, Linux 5.7)";
        return call_clone3(request, false);
    }
    request->fallback = "the process is made by clone and enters its cgroup after its birth (no clone3)";
    return call_clone(request);
}

int sandbox_clone_enter(int cgroup, pid_t pid)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", (int)pid);
    return descriptor_write_file_at(cgroup, "cgroup.procs", number);
}
