/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals that are passed on to the container's process, by signalfd and pidfd: no handler, no pid that could
 * be reused. */
#include "linux/forwarded_signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"

static const int forwarded[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                                SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

int forwarded_signals_begin(struct forwarded_signals *signals, struct error *error)
{
    sigset_t set;

    signals->descriptor = -1;
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(forwarded); i++)
        sigaddset(&set, forwarded[i]);
    if (sigprocmask(SIG_BLOCK, &set, &signals->previous) < 0)
        return error_system(error, errno, "block signals");
    signals->descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->descriptor < 0) {
        error_system(error, errno, "read signals from a descriptor");
        sigprocmask(SIG_SETMASK, &signals->previous, NULL);
        return -1;
    }
    return 0;
}

void forwarded_signals_pass(const struct forwarded_signals *signals, int pidfd, bool *resized, bool *seen)
{
    struct signalfd_siginfo information;

    while (read(signals->descriptor, &information, sizeof(information)) == (ssize_t)sizeof(information)) {
        if (information.ssi_signo == SIGWINCH && resized != NULL) {
            *resized = true;
            continue;
        }
        if (seen != NULL && information.ssi_signo != SIGWINCH && information.ssi_signo != SIGCONT)
            *seen = true;
        /* ESRCH: it has ended, which its pidfd tells the caller. EPERM: it has become another user's; then
         * the kernel decides for us as for any sender. */
        syscall(SYS_pidfd_send_signal, pidfd, information.ssi_signo, NULL, 0);
    }
}

void forwarded_signals_end(struct forwarded_signals *signals)
{
    struct signalfd_siginfo information;

    while (read(signals->descriptor, &information, sizeof(information)) > 0)
        ;
    descriptor_close(&signals->descriptor);
    sigprocmask(SIG_SETMASK, &signals->previous, NULL);
}
