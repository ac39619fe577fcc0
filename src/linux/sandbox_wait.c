/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Killing, reaping and explaining the end of a process that was still being built. */
#include "linux/sandbox_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include "base/descriptor.h"
#include "base/number.h"
#include "base/text.h"

int sandbox_reap(int pidfd, int *status, struct error *error)
{
    siginfo_t information;

    while (waitid(P_PIDFD, (id_t)pidfd, &information, WEXITED) < 0)
        if (errno != EINTR)
            return error_system(error, errno, "wait for the end of the container's process");
    if (information.si_code == CLD_EXITED)
        *status = W_EXITCODE(information.si_status, 0);
    else
        *status = W_EXITCODE(0, information.si_status);
    return 0;
}

int sandbox_end(int pidfd, struct error *error)
{
    int status;

    if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return error_system(error, errno, "kill the container's process");
    return sandbox_reap(pidfd, &status, error);
}

/* Did the kernel kill for the memory limit of this cgroup? */
static bool memory_ran_out(const struct plan_cgroup *cgroup)
{
    char path[PATH_MAX], events[1024];
    const char *count;
    uint64_t kills;

    if (cgroup == NULL || cgroup->manager == PLAN_CGROUP_DISABLED || cgroup->path == NULL ||
        text_print(path, sizeof(path), "%s%s/memory.events", cgroup->mount, cgroup->path) < 0 ||
        descriptor_read_file_at(AT_FDCWD, path, events, sizeof(events)) < 0)
        return false;
    count = strstr(events, "\noom_kill ");
    if (count == NULL)
        return false;
    count += strlen("\noom_kill ");
    return number_scan_unsigned(&count, &kills) && kills > 0;
}

int sandbox_explain_end(int status, const struct plan_cgroup *cgroup, struct error *error)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (number == SIGKILL && memory_ran_out(cgroup))
        return error_set(error, ERROR_LIMIT,
                         "the container's process was killed before its program began: the memory limit "
                         "(linux.resources.memory.limit) is too small to start in");
    if (number == SIGSYS)
        return error_set(error, ERROR_SYSTEM,
                         "the container's process was killed before its program began: its seccomp filter "
                         "does not allow execve");
    if (number != 0)
        return error_set(error, ERROR_SYSTEM,
                         "the container's process was killed by signal %d (SIG%s) before its program began",
                         number, sigabbrev_np(number) != NULL ? sigabbrev_np(number) : "?");
    return error_set(error, ERROR_SYSTEM,
                     "the container's process ended with status %d before its program began",
                     WEXITSTATUS(status));
}

int sandbox_wait_message(int control, int pidfd, struct sandbox_message *message, int *descriptor,
                         struct error *error)
{
    struct pollfd items[2] = {{.fd = control, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    int got;

    while (poll(items, 2, -1) < 0)
        if (errno != EINTR)
            return error_system(error, errno, "wait for the container's process");
    /* It may have spoken in its last moment, between the two looks of poll. */
    if ((items[0].revents & POLLIN) == 0 && (items[1].revents & POLLIN) != 0 && poll(items, 1, 0) <= 0)
        return 0;
    got = sandbox_message_receive(control, message, descriptor);
    if (got < 0)
        return error_system(error, errno, "listen to the container's process");
    /* Its end is closed while it lives: then it is dying, and reaping it waits for that. */
    return got;
}
