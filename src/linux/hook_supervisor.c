/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that looks after one hook.
 *
 * It exists for one property: a timeout ends everything that the hook has started. Process groups do not give
 * that (setsid leaves them) and a cgroup is not always at hand. A child subreaper does: whoever in the hook's
 * tree loses his parent becomes a child of the supervisor, which has no other children. So "kill all children
 * and reap them until there are none" is the whole tree, and a runtime with children of its own (the
 * container's init) needs no list of exceptions.
 */
#include "linux/hook_supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "linux/hook_program.h"
#include "linux/host_proc.h"

enum {
    END_TREE_MS = 5000, /* for the tree to die after SIGKILL; longer: stuck in the kernel, or breeding faster
                           than we kill */
    END_TREE_PAUSE_MS = 2,
    DRAIN_AFTER_END = 1 << 20, /* bytes read after the hook's end, in case a child of it writes for ever */
};

struct supervision {
    const struct plan_hook *hook;
    const struct hook_context *context;
    int report;       /* to the runtime; an error on it: the runtime is gone */
    int state_writer; /* the hook's stdin */
    int output;       /* what it writes */
    int birth;        /* a struct birth_failure, or end of file at execve */
    int process;      /* pidfd of the hook */
    pid_t pid;
    const char *state_left;
    size_t state_left_length;
    int64_t deadline_ms; /* 0: none */
    struct hook_result result;
};

/* What the child says through a close-on-exec pipe when it does not get as far as execve. */
struct birth_failure {
    enum hook_outcome outcome;
    int number;
};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void leave(struct supervision *supervision)
{
    /* At most PIPE_BUF bytes: all or nothing. If nobody reads it any more, there is nobody to tell. */
    _Static_assert(sizeof(struct hook_result) <= 4096, "the report must fit one atomic write to a pipe");
    _exit(descriptor_write_all(supervision->report, &supervision->result, sizeof(supervision->result)) == 0
              ? 0
              : 1);
}

static _Noreturn void leave_unborn(struct supervision *supervision, const char *what)
{
    supervision->result.outcome = HOOK_NO_SETUP;
    supervision->result.value = errno;
    memccpy(supervision->result.what, what, '\0', sizeof(supervision->result.what) - 1);
    leave(supervision);
}

static void default_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    /* SIGKILL, SIGSTOP and the two that the C library keeps to itself refuse; they are at their default
     * anyway. */
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns when the program could not be executed. */
static enum hook_outcome execute(const struct plan_hook *hook)
{
    char *const path_only[] = {(char *)(uintptr_t)hook->path.text, NULL};
    char *const nothing[] = {NULL};
    char *const *argv = hook->args.count > 0 ? (char *const *)(uintptr_t)hook->args.items : path_only;
    char *const *envp =
        hook->environment.count > 0 ? (char *const *)(uintptr_t)hook->environment.items : nothing;

    if (hook->judged.present)
        return hook_program_execute(hook, argv, envp) == HOOK_PROGRAM_OTHER ? HOOK_NOT_JUDGED
                                                                            : HOOK_NO_PROGRAM;
    execve(hook->path.text, argv, envp);
    return HOOK_NO_PROGRAM;
}

/* In the hook's process: never returns. */
static _Noreturn void become_hook(const struct supervision *supervision, pid_t supervisor, int state,
                                  int output, int failure)
{
    const char *directory = supervision->context->directory.text;
    struct birth_failure report = {.outcome = HOOK_NO_SETUP};

    /* The supervisor dies only by somebody's SIGKILL: then the hook goes with it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        goto failed;
    if (getppid() != supervisor)
        _exit(126); /* it died before the line above */
    if (setsid() < 0 || dup2(state, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        goto failed;
    /* `failure` must be the only other descriptor, and end at execve. Not 3: a judged script's. */
    if (dup3(failure, 4, O_CLOEXEC) < 0 && errno != EINVAL)
        goto failed;
    failure = 4;
    if (syscall(SYS_close_range, 3U, 3U, 0U) < 0 || syscall(SYS_close_range, 5U, ~0U, 0U) < 0)
        goto failed;
    umask(022);
    if (chdir(directory != NULL ? directory : "/") < 0) {
        report.outcome = HOOK_NO_DIRECTORY;
        goto failed;
    }
    default_signals();
    report.outcome = execute(supervision->hook);
failed:
    report.number = errno;
    /* If this write fails the supervisor still sees status 127. */
    _exit(descriptor_write_all(failure, &report, sizeof(report)) == 0 ? 127 : 126);
}

/* Descriptors 0-3 are the hook's to be: ours must lie above, or dup2 would overwrite one of them. */
static int move_above(int descriptor)
{
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 4);

    if (moved >= 0)
        close(descriptor);
    return moved;
}

static void make_pipe(struct supervision *supervision, int *reader, int *writer)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        leave_unborn(supervision, "make a pipe");
    *reader = move_above(ends[0]);
    *writer = move_above(ends[1]);
    if (*reader < 0 || *writer < 0)
        leave_unborn(supervision, "make a pipe");
}

static void start_hook(struct supervision *supervision)
{
    const pid_t self = getpid();
    int state, output, birth_writer;

    make_pipe(supervision, &state, &supervision->state_writer);
    make_pipe(supervision, &supervision->output, &output);
    make_pipe(supervision, &supervision->birth, &birth_writer);
    if (fcntl(supervision->state_writer, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(supervision->output, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(supervision->birth, F_SETFL, O_NONBLOCK) < 0)
        leave_unborn(supervision, "set up a pipe");
    supervision->pid = fork();
    if (supervision->pid < 0)
        leave_unborn(supervision, "start a process");
    if (supervision->pid == 0)
        become_hook(supervision, self, state, output, birth_writer);
    close(state);
    close(output);
    close(birth_writer);
    supervision->process = (int)syscall(SYS_pidfd_open, supervision->pid, 0);
    if (supervision->process < 0) {
        int number = errno;

        kill(supervision->pid, SIGKILL);
        errno = number;
        leave_unborn(supervision, "watch its process");
    }
}

/* Keep the end of what was read. */
static void keep_output(struct hook_result *result, const char *bytes, size_t length)
{
    size_t kept;

    if (length >= HOOK_OUTPUT_KEPT) {
        memcpy(result->output, bytes + length - HOOK_OUTPUT_KEPT, HOOK_OUTPUT_KEPT);
        result->output_length = HOOK_OUTPUT_KEPT;
        return;
    }
    kept = result->output_length;
    if (kept + length > HOOK_OUTPUT_KEPT) {
        size_t excess = kept + length - HOOK_OUTPUT_KEPT;

        memmove(result->output, result->output + excess, kept - excess);
        kept -= excess;
    }
    memcpy(result->output + kept, bytes, length);
    result->output_length = (unsigned int)(kept + length);
}

/* One read. False: nothing more for now or ever (then the descriptor is closed). */
static bool take_output(struct supervision *supervision, size_t *taken)
{
    char buffer[16384];
    ssize_t length = read(supervision->output, buffer, sizeof(buffer));

    if (length > 0) {
        keep_output(&supervision->result, buffer, (size_t)length);
        *taken += (size_t)length;
        return true;
    }
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    descriptor_close(&supervision->output);
    return false;
}

/* Did it get as far as execve? Leaves with the reason if not. */
static void hear_birth(struct supervision *supervision)
{
    struct birth_failure report;
    ssize_t length = read(supervision->birth, &report, sizeof(report));

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    descriptor_close(&supervision->birth);
    if (length != (ssize_t)sizeof(report))
        return;
    while (waitpid(supervision->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    supervision->result.outcome = report.outcome;
    supervision->result.value = report.number;
    memcpy(supervision->result.what, "set up its process", sizeof("set up its process"));
    leave(supervision);
}

/* A hook may close its stdin unread: EPIPE is no error. Any other failure ends the writing too; the hook sees
 * its input end. */
static void give_state(struct supervision *supervision)
{
    ssize_t length =
        write(supervision->state_writer, supervision->state_left, supervision->state_left_length);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length > 0) {
        supervision->state_left += length;
        supervision->state_left_length -= (size_t)length;
    }
    if (length <= 0 || supervision->state_left_length == 0)
        descriptor_close(&supervision->state_writer);
}

static void send_kill(pid_t pid)
{
    /* Its group as well: members of it that still have a living parent are not our children yet. ESRCH is as
     * good as success. */
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

/* Without CONFIG_PROC_CHILDREN: everybody in /proc whose parent we are. */
static bool kill_children_by_scan(void)
{
    cleanup_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct dirent *entry;
    DIR *directory;

    if (proc < 0 || !host_proc_holds(proc) || (directory = fdopendir(proc)) == NULL)
        return false;
    proc = -1; /* the stream's now */
    while ((entry = readdir(directory)) != NULL) {
        char path[sizeof(entry->d_name) + sizeof("/stat")], stat[2048];
        uint64_t pid, parent;
        const char *cursor;
        struct text text = text_over(path, sizeof(path));

        if (!number_unsigned(entry->d_name, INT32_MAX, &pid))
            continue;
        text_append(&text, entry->d_name);
        text_append(&text, "/stat");
        if (descriptor_read_file_at(dirfd(directory), path, stat, sizeof(stat)) < 0)
            continue; /* it ended meanwhile */
        cursor = strrchr(stat, ')');
        if (cursor == NULL || strlen(cursor) < 5)
            continue;
        cursor += 4;
        if (number_scan_unsigned(&cursor, &parent) && parent == (uint64_t)getpid())
            send_kill((pid_t)pid);
    }
    closedir(directory);
    return true;
}

/* Does /proc count processes as we do? Not where a container's init still sees the host's: the same number is
 * somebody else there. */
static bool proc_has_our_numbers(void)
{
    char own[24], shown[24] = "";
    struct text text = text_over(own, sizeof(own));

    text_append_signed(&text, getpid());
    return readlink("/proc/self", shown, sizeof(shown) - 1) > 0 && strcmp(own, shown) == 0;
}

/* SIGKILL to all children. False: they cannot be listed here (inside a container, without a /proc of its
 * own). What then escapes its process group is in the container's cgroup and PID namespace, and ends with the
 * container that could not be created. */
static bool kill_children(void)
{
    cleanup_fd int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    char buffer[4096];
    ssize_t length;
    pid_t pid = 0;

    if (!proc_has_our_numbers())
        return false;
    if (list < 0)
        return kill_children_by_scan();
    if (!host_proc_holds(list))
        return false;
    while ((length = read(list, buffer, sizeof(buffer))) > 0) {
        for (ssize_t i = 0; i < length; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                pid = pid * 10 + (buffer[i] - '0');
            } else if (pid > 0) {
                send_kill(pid);
                pid = 0;
            }
        }
    }
    return length == 0;
}

/* End the hook and all it started; false when something of it is left after END_TREE_MS. */
static bool end_tree(struct supervision *supervision)
{
    const struct timespec pause = {.tv_nsec = END_TREE_PAUSE_MS * 1000000L};
    const int64_t deadline_ms = monotonic_ms() + END_TREE_MS;
    bool listed = true;

    send_kill(supervision->pid);
    do {
        pid_t reaped;

        listed = kill_children() && listed;
        do
            reaped = waitpid(-1, NULL, WNOHANG | __WALL);
        while (reaped > 0 || (reaped < 0 && errno == EINTR));
        /* ECHILD: every descendant has been a child of ours at its end, and there is none left. */
        if (reaped < 0)
            return true;
        /* Nothing to be found but what the group's signal has met already. */
        if (!listed)
            send_kill(supervision->pid);
        nanosleep(&pause, NULL);
    } while (monotonic_ms() < deadline_ms);
    return false;
}

/* Wait for the next event. False: the time is up or the runtime is gone. */
static bool wait_event(struct supervision *supervision, bool *ended)
{
    enum { PROCESS, BIRTH, OUTPUT, STATE, REPORT, COUNT };
    struct pollfd items[COUNT] = {
        [PROCESS] = {.fd = supervision->process, .events = POLLIN},
        [BIRTH] = {.fd = supervision->birth, .events = POLLIN},
        [OUTPUT] = {.fd = supervision->output, .events = POLLIN},
        [STATE] = {.fd = supervision->state_writer, .events = POLLOUT},
        [REPORT] = {.fd = supervision->report, .events = 0},
    };
    int64_t left_ms = supervision->deadline_ms == 0 ? -1 : supervision->deadline_ms - monotonic_ms();
    size_t taken = 0;
    int ready;

    if (supervision->deadline_ms != 0 && left_ms <= 0)
        return false;
    ready = poll(items, COUNT, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
    if (ready <= 0)
        return true; /* the time is looked at again */
    if ((items[REPORT].revents & (POLLERR | POLLHUP)) != 0)
        return false;
    if (items[BIRTH].revents != 0)
        hear_birth(supervision);
    if (items[STATE].revents != 0)
        give_state(supervision);
    if (items[OUTPUT].revents != 0)
        take_output(supervision, &taken);
    *ended = items[PROCESS].revents != 0;
    return true;
}

static void collect(struct supervision *supervision)
{
    siginfo_t information = {0};
    size_t taken = 0;

    if (supervision->birth >= 0)
        hear_birth(supervision);
    while (supervision->output >= 0 && taken < DRAIN_AFTER_END && take_output(supervision, &taken))
        ;
    while (waitid(P_PID, (id_t)supervision->pid, &information, WEXITED) < 0) {
        if (errno != EINTR)
            leave_unborn(supervision, "learn how it ended");
    }
    supervision->result.outcome = information.si_code == CLD_EXITED ? HOOK_EXITED : HOOK_SIGNALLED;
    supervision->result.value = information.si_status;
}

_Noreturn void hook_supervise(const struct plan_hook *hook, const struct hook_context *context, int report)
{
    struct supervision supervision = {
        .hook = hook,
        .context = context,
        .state_writer = -1,
        .output = -1,
        .birth = -1,
        .process = -1,
        .state_left = context->state_json,
        .state_left_length = strlen(context->state_json),
    };
    bool ended = false;

    /* The runtime's descriptors (its lock, sockets whose end means something) must not live longer through
     * us. */
    supervision.report = 3;
    if ((report != 3 && dup3(report, 3, O_CLOEXEC) < 0) || syscall(SYS_close_range, 4U, ~0U, 0U) < 0)
        _exit(1);
    /* Out of the caller's session: what its terminal sends (^C) is for the runtime, whose end we notice
     * ourselves. */
    default_signals();
    signal(SIGPIPE, SIG_IGN);
    if (setsid() < 0)
        leave_unborn(&supervision, "make a session");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        leave_unborn(&supervision, "become a subreaper");
    start_hook(&supervision);
    if (hook->timeout_ms > 0)
        supervision.deadline_ms = monotonic_ms() + hook->timeout_ms;
    while (!ended) {
        if (!wait_event(&supervision, &ended)) {
            supervision.result.survivors = !end_tree(&supervision);
            supervision.result.outcome = HOOK_TIMED_OUT;
            leave(&supervision);
        }
    }
    collect(&supervision);
    leave(&supervision);
}
