/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executing a runtime that commands are delegated to. */
#include "linux/delegate_program.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "linux/forwarded_signals.h"

static int check_rights(const char *path, const struct stat *status, struct error *error)
{
    if ((status->st_uid == 0 || status->st_uid == geteuid()) && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return 0;
    return error_set(
        error, ERROR_DENIED,
        "the delegate's %s (user %u, mode %04o) could be changed by others: it must belong to root "
        "or to user %u and be writable for nobody else",
        path, (unsigned int)status->st_uid, (unsigned int)(status->st_mode & 07777), (unsigned int)geteuid());
}

int delegate_program_check(const char *path, struct error *error)
{
    cleanup_free char *real = NULL;
    struct stat status;

    if (path[0] != '/')
        return error_set(error, ERROR_USAGE, "the delegate \"%s\" is no absolute path", path);
    real = realpath(path, NULL);
    if (real == NULL && (errno == ENOENT || errno == ENOTDIR))
        return error_set(error, ERROR_UNSUPPORTED, "the delegate %s does not exist", path);
    if (real == NULL || stat(real, &status) != 0)
        return error_system(error, errno, "looking at the delegate %s", path);
    if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0)
        return error_set(error, ERROR_UNSUPPORTED, "the delegate %s is no executable file", path);
    if (check_rights(real, &status, error) != 0)
        return -1;
    *strrchr(real, '/') = '\0';
    if (stat(real[0] == '\0' ? "/" : real, &status) != 0)
        return error_system(error, errno, "looking at the delegate's directory %s", real);
    return check_rights(real[0] == '\0' ? "/" : real, &status, error);
}

/* What startup made for ourselves is not its concern. */
static void restore_defaults(void)
{
    static const int changed[] = {SIGCHLD, SIGPIPE, SIGXFSZ};
    const struct sigaction action = {.sa_handler = SIG_DFL};

    for (size_t i = 0; i < ARRAY_LENGTH(changed); i++)
        sigaction(changed[i], &action, NULL);
    umask(022);
}

int delegate_program_become(const char *path, char *const *arguments, struct error *error)
{
    int number;

    restore_defaults();
    execv(path, arguments);
    number = errno;
    umask(077);
    return error_system(error, number, "executing the delegate %s", path);
}

/* In the child. */
static _Noreturn void execute(const char *path, char *const *arguments, pid_t parent, const sigset_t *mask)
{
    char line[PATH_MAX + 128];

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(126);
    restore_defaults();
    sigprocmask(SIG_SETMASK, mask, NULL);
    execv(path, arguments);
    if (text_print(line, sizeof(line), "executing the delegate %s: %s\n", path, error_errno_text(errno)) ==
            0 &&
        descriptor_write_all(STDERR_FILENO, line, strlen(line)) != 0)
        _exit(126);
    _exit(126);
}

/* Everything that others have sent us. What comes from the kernel came from the terminal, for the whole
 * process group: it has that too. */
static void pass_on(const struct forwarded_signals *signals, int pidfd)
{
    struct signalfd_siginfo information;

    while (read(signals->descriptor, &information, sizeof(information)) == (ssize_t)sizeof(information))
        if (information.ssi_code != SI_KERNEL)
            pidfd_send_signal(pidfd, (int)information.ssi_signo, NULL, 0);
}

static int wait_for(const char *path, pid_t child, int pidfd, const struct forwarded_signals *signals,
                    int *status, struct error *error)
{
    struct pollfd polled[] = {{.fd = pidfd, .events = POLLIN}, {.fd = signals->descriptor, .events = POLLIN}};
    int wait_status;

    while ((polled[0].revents & POLLIN) == 0) {
        if (poll(polled, ARRAY_LENGTH(polled), -1) < 0 && errno != EINTR)
            return error_system(error, errno, "waiting for the delegate %s", path);
        if (polled[1].revents != 0)
            pass_on(signals, pidfd);
    }
    while (waitpid(child, &wait_status, 0) != child)
        if (errno != EINTR)
            return error_system(error, errno, "waiting for the delegate %s", path);
    *status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    return 0;
}

int delegate_program_run(const char *path, char *const *arguments, int *status, struct error *error)
{
    struct forwarded_signals signals;
    cleanup_fd int pidfd = -1;
    pid_t parent = getpid(), child;
    int result;

    /* Before the fork: what comes in between is passed on, not lost. */
    if (forwarded_signals_begin(&signals, error) != 0)
        return -1;
    child = fork();
    if (child == 0)
        execute(path, arguments, parent, &signals.previous);
    if (child < 0) {
        error_system(error, errno, "starting the delegate %s", path);
        forwarded_signals_end(&signals);
        return -1;
    }
    pidfd = pidfd_open(child, 0);
    if (pidfd < 0) {
        error_system(error, errno, "watching the delegate %s", path);
        kill(child, SIGKILL); /* our child, not waited for yet: the number is its own */
        waitpid(child, NULL, 0);
        forwarded_signals_end(&signals);
        return -1;
    }
    result = wait_for(path, child, pidfd, &signals, status, error);
    forwarded_signals_end(&signals);
    return result;
}
