/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing, trying and loading a filter. Loading is one raw seccomp(2): no library stands between the last
 * check and the program. */
#include "linux/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/seccomp_cache.h"

static int load(const struct sock_filter *instructions, unsigned short count, uint64_t flags)
{
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)(uintptr_t)instructions};

    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int seccomp_install(const struct seccomp_program *program)
{
    return load(program->instructions, program->count, program->flags);
}

/* ---- the trial ---- */

/*
 * In the child, under the filter: end, whatever the filter thinks of it. Refusals let us try on; the trap
 * cannot be filtered.
 */
static void __attribute__((noreturn)) leave(void)
{
    (void)syscall(SYS_exit_group, 0);
    (void)syscall(SYS_exit, 0);
    __builtin_trap();
}

/* The child's own end before a filter holds. */
static void __attribute__((noreturn)) fail_with(int number)
{
    _exit(number > 0 && number < 256 ? number : 255);
}

/* Load it in a child and report the errno of the failure, 0 for success, -1 (error filled) when the trial
 * itself failed. */
static int try_in_child(const struct sock_filter *instructions, unsigned short count, uint64_t flags,
                        struct error *error)
{
    int status;
    pid_t waited, child = fork();

    if (child < 0)
        return error_system(error, errno, "cannot start a process to try the seccomp filter in");
    if (child == 0) {
        /* The filter may kill us: no core dump of it, no handler of ours. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            signal(SIGSYS, SIG_DFL) == SIG_ERR || signal(SIGILL, SIG_DFL) == SIG_ERR ||
            load(instructions, count, flags) < 0)
            fail_with(errno);
        leave();
    }
    do
        waited = waitpid(child, &status, 0);
    while (waited < 0 && errno == EINTR);
    if (waited < 0)
        return error_system(error, errno, "cannot wait for the process that tries the seccomp filter");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGTRAP)
        return 0; /* loaded: exit itself was refused */
    return error_set(error, ERROR_SYSTEM, "the process that tried the seccomp filter was killed by signal %d",
                     WTERMSIG(status));
}

/* The first flag that this kernel does not know, 0 when it knows them all: with no program a known flag gives
 * EFAULT. */
static uint64_t unknown_flag(uint64_t flags)
{
    for (unsigned int bit = 0; bit < 64; bit++) {
        uint64_t flag = (uint64_t)1 << bit, asked = flag;

        if ((flags & flag) == 0)
            continue;
        if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
            asked |= SECCOMP_FILTER_FLAG_NEW_LISTENER; /* means nothing alone: EINVAL */
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, asked, NULL) != 0 && errno == EINVAL)
            return flag;
    }
    return 0;
}

static const char *flag_name(uint64_t flag)
{
    switch (flag) {
    case SECCOMP_FILTER_FLAG_TSYNC:
        return "SECCOMP_FILTER_FLAG_TSYNC (Linux 3.17)";
    case SECCOMP_FILTER_FLAG_LOG:
        return "SECCOMP_FILTER_FLAG_LOG (Linux 4.14)";
    case SECCOMP_FILTER_FLAG_SPEC_ALLOW:
        return "SECCOMP_FILTER_FLAG_SPEC_ALLOW (Linux 4.17)";
    case SECCOMP_FILTER_FLAG_NEW_LISTENER:
        return "SECCOMP_FILTER_FLAG_NEW_LISTENER (SCMP_ACT_NOTIFY, Linux 5.0)";
    case SECCOMP_FILTER_FLAG_TSYNC_ESRCH:
        return "SECCOMP_FILTER_FLAG_TSYNC with a listener (Linux 5.7)";
    case SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV:
        return "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19)";
    default:
        return "an unnamed seccomp flag";
    }
}

static int explain(const struct seccomp_program *program, int number, struct error *error)
{
    uint64_t unknown = number == EINVAL ? unknown_flag(program->flags) : 0;

    switch (number) {
    case EINVAL:
        if (unknown != 0)
            return error_set(error, ERROR_UNSUPPORTED, "linux/seccomp/flags: this kernel does not know %s",
                             flag_name(unknown));
        break;
    case ENOSYS:
        return error_set(error, ERROR_UNSUPPORTED, "linux/seccomp: this kernel has no seccomp(2) filters");
    case EBUSY:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "linux/seccomp: SCMP_ACT_NOTIFY cannot be used here: a filter above this process has a listener "
            "already, and the kernel allows one");
    case E2BIG:
    case ENOMEM:
        return error_set(
            error, ERROR_LIMIT,
            "linux/seccomp: the kernel refuses %u more instructions: all filters of a process together may "
            "have 32768 with 4 for each filter, and this process is under others already",
            (unsigned int)program->count);
    default:
        break;
    }
    return error_system(error, number, "linux/seccomp: the kernel refuses the filter of %u instructions",
                        (unsigned int)program->count);
}

int seccomp_trial(const struct seccomp_program *program, struct error *error)
{
    static const struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const uint64_t listener = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV |
                              SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
    uint64_t flags = program->flags;
    int number;

    /* With a listener that nobody answers the child's exit could wait for ever: the program is tried without,
     * the flags with a program that notifies of nothing. */
    if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        number = try_in_child(allow, 1, flags, error);
        if (number != 0)
            return number < 0 ? -1 : explain(program, number, error);
        flags &= ~listener;
    }
    number = try_in_child(program->instructions, program->count, flags, error);
    if (number != 0)
        return number < 0 ? -1 : explain(program, number, error);
    return 0;
}

/* ---- preparing ---- */

static int compile_and_try(const struct plan_seccomp *plan, struct arena *arena,
                           struct seccomp_program *program, struct error *error)
{
    if (seccomp_compile(plan, arena, program, error) != 0)
        return -1;
    return seccomp_trial(program, error);
}

/* The program works, only slower next time: that is worth a note, not a failure. */
static void note_cache_failure(struct seccomp_program *program, const struct error *failure,
                               struct arena *arena)
{
    struct plan_note *notes = arena_array(arena, program->note_count + 1, sizeof(*notes));

    if (program->note_count > 0)
        memcpy(notes, program->notes, program->note_count * sizeof(*notes));
    notes[program->note_count++] = (struct plan_note){
        .pointer = "/linux/seccomp",
        .text = arena_format(arena, "the compiled filter is not cached: %s", failure->message),
    };
    program->notes = notes;
}

int seccomp_prepare(const struct plan_seccomp *plan, const char *cache_directory, struct arena *arena,
                    struct seccomp_program *program, struct error *error)
{
    cleanup_fd int directory = -1;
    struct error failure;
    struct digest key;

    if (cache_directory == NULL)
        return compile_and_try(plan, arena, program, error);
    if (seccomp_cache_key(plan, &key, error) != 0)
        return -1;
    directory = seccomp_cache_open(cache_directory, &failure);
    if (directory >= 0 && seccomp_cache_read(directory, &key, arena, program))
        return 0;
    if (compile_and_try(plan, arena, program, error) != 0)
        return -1;
    if (directory < 0 || seccomp_cache_write(directory, &key, program, &failure) != 0)
        note_cache_failure(program, &failure, arena);
    return 0;
}
