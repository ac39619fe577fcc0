/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's process: born, waited for, ended with everything that it started. */
#include "gpg/job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"

static _Noreturn void be_worker(const struct job *job, job_work *work, const void *detail, int socket,
                                pid_t maker, struct message *answer)
{
    struct error error = {0};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != maker || setsid() < 0 ||
        /* gpg, whose parent gpgme lets end at once, becomes ours: program.c waits for that. */
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        _exit(EXIT_FAILURE);
    message_begin(answer, "done");
    if (work(job, detail, answer, &error) != 0)
        message_begin_failed(answer, &error);
    _exit(message_send(socket, answer, NULL, 0) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Whatever is left of it, in its group. */
static void end_worker(pid_t worker)
{
    /* Not reaped yet, so both numbers are still its own. */
    kill(-worker, SIGKILL);
    kill(worker, SIGKILL);
    while (waitpid(worker, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int hear(int socket, int timeout_ms, struct message *answer, struct error *error)
{
    int received = message_receive(socket, timeout_ms, answer, NULL, NULL);

    if (received > 0)
        return message_failure(answer, error);
    if (received == 0)
        return error_set(error, ERROR_SYSTEM, "who speaks to gpg has ended without an answer");
    if (errno != ETIMEDOUT)
        return error_system(error, errno, "waiting for gpg");
    return error_set(error, ERROR_LIMIT, "gpg has not answered for %d.%01d s and was ended",
                     timeout_ms / 1000, timeout_ms % 1000 / 100);
}

int job_run(const struct job *job, job_work *work, const void *detail, int timeout_ms, struct message *answer,
            struct error *error)
{
    cleanup_fd int ours = -1, theirs = -1;
    pid_t maker = getpid(), worker;
    int pair[2], result;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return error_system(error, errno, "making a socket pair");
    ours = pair[0];
    theirs = pair[1];
    worker = fork();
    if (worker < 0)
        return error_system(error, errno, "making a process for gpg");
    if (worker == 0) {
        descriptor_close(&ours);
        be_worker(job, work, detail, theirs, maker, answer);
    }
    descriptor_close(&theirs);
    result = hear(ours, timeout_ms, answer, error);
    end_worker(worker);
    return result;
}
