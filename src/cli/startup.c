/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hardening, first thing in main. What is set here also protects the second life of the process, after the
 * sealed copy was executed: main runs again, exec has reset dumpability.
 */
#include "cli/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"

static mode_t caller_umask = 022;

mode_t startup_caller_umask(void)
{
    return caller_umask;
}

/* CHLD: inherited as ignored it would reap our children before we can wait for them. PIPE, XFSZ: a reader
 * that left and a file size limit are errors to report and to clean up after, not a death in the middle. The
 * program's dispositions are made afresh before execve. */
static int set_signals(struct error *error)
{
    static const struct {
        int number;
        void (*handler)(int);
    } dispositions[] = {{SIGCHLD, SIG_DFL}, {SIGPIPE, SIG_IGN}, {SIGXFSZ, SIG_IGN}};

    for (size_t i = 0; i < sizeof(dispositions) / sizeof(dispositions[0]); i++) {
        const struct sigaction action = {.sa_handler = dispositions[i].handler};
        if (sigaction(dispositions[i].number, &action, NULL) != 0)
            return error_system(error, errno, "setting the disposition of signal %d", dispositions[i].number);
    }
    return 0;
}

/* Rights that execve would carry over to helpers and hooks by themselves. Written by system call: the plan's
 * own sets are libcap's business. */
static int drop_inherited_capabilities(struct error *error)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

    /* The ambient set lies within the inheritable one: emptying this empties that. */
    if (syscall(SYS_capget, &header, sets) != 0)
        return error_system(error, errno, "reading the runtime's capabilities");
    if ((sets[0].inheritable | sets[1].inheritable) == 0)
        return 0;
    sets[0].inheritable = 0;
    sets[1].inheritable = 0;
    if (syscall(SYS_capset, &header, sets) != 0)
        return error_system(error, errno, "dropping the runtime's inheritable capabilities");
    return 0;
}

int startup_harden(struct error *error)
{
    if (getauxval(AT_SECURE) != 0)
        return error_set(error, ERROR_DENIED,
                         "thwart was started with more rights than its caller has (set-user-ID, set-group-ID "
                         "or file capabilities): this "
                         "would hand root to everybody; remove the bit");
    /* Memory and /proc/PID entries of the runtime are nobody else's from here on (CVE-2016-9962). */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return error_system(error, errno, "making the runtime non-dumpable");
    if (descriptor_ensure_standard() != 0)
        return error_system(error, errno, "opening /dev/null in place of closed standard descriptors");
    caller_umask = umask(077);
    if (set_signals(error) != 0)
        return -1;
    return drop_inherited_capabilities(error);
}

int startup_descriptors(uint32_t kept, struct error *error)
{
    for (uint32_t i = 0; i < kept; i++)
        if (fcntl((int)(3 + i), F_GETFD) < 0)
            return error_set(error, ERROR_USAGE,
                             "%u descriptors are to be handed on (--preserve-fds, LISTEN_FDS), but "
                             "descriptor %u is not open",
                             kept, 3 + i);
    /* The shim's own listening socket is descriptor 3 when containerd calls us, and shells leak theirs
     * through Podman. */
    if (descriptor_cloexec_from(3 + kept) != 0)
        return error_system(error, errno, "marking inherited descriptors close-on-exec");
    return 0;
}
