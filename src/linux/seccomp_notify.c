/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading a filter with a listener and handing the listener to an agent. */
#include "linux/seccomp_notify.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/sandbox_message.h"
#include "linux/unix_socket.h"

/* A state has annotations, and an image's author may have written those. */
enum { DOCUMENT_MAX = 4 * 1024 * 1024, STACK_SIZE = 64 * 1024 };

int seccomp_notify_connect(const struct plan_seccomp *plan, struct seccomp_notify *notify,
                           struct error *error)
{
    notify->connection = -1;
    if (!plan->notify)
        return 0;
    if (plan->listener_path.text == NULL)
        return error_set(
            error, ERROR_INVALID,
            "linux.seccomp: SCMP_ACT_NOTIFY without listenerPath: nobody would answer the program's calls");
    notify->connection = unix_socket_connect("linux.seccomp.listenerPath", plan->listener_path.text, error);
    return notify->connection < 0 ? -1 : 0;
}

/* ---- the document ---- */

static void append_string(struct text *text, const char *string)
{
    text_append_character(text, '"');
    for (const char *at = string; *at != '\0'; at++) {
        const unsigned char character = (unsigned char)*at;

        if (character == '"' || character == '\\') {
            text_append_character(text, '\\');
            text_append_character(text, *at);
        } else if (character < 0x20) {
            text_append_format(text, "\\u%04x", character);
        } else {
            text_append_character(text, *at);
        }
    }
    text_append_character(text, '"');
}

int seccomp_notify_describe(const struct plan_seccomp *plan, const char *oci_version, pid_t pid,
                            const char *state_json, struct seccomp_notify *notify, struct error *error)
{
    struct text text = text_growing(DOCUMENT_MAX);

    text_append(&text, "{\"ociVersion\":");
    append_string(&text, oci_version);
    text_append(&text, ",\"fds\":[\"seccompFd\"],\"pid\":");
    text_append_signed(&text, pid);
    if (plan->listener_metadata != NULL) {
        text_append(&text, ",\"metadata\":");
        append_string(&text, plan->listener_metadata);
    }
    text_append(&text, ",\"state\":");
    text_append(&text, state_json);
    text_append(&text, "}");
    if (text_complete(&text, "the container process state for the seccomp agent", error) < 0) {
        text_free(&text);
        return -1;
    }
    notify->document = text.bytes;
    notify->length = text.length;
    return 0;
}

/* ---- the hand-over ---- */

enum { LISTENER_AWAITED = -1, LISTENER_FAILED = -2 };

/* What the two threads share. Only plain memory: the first makes no system call while the second works. */
struct hand_over {
    const struct seccomp_notify *notify;
    int report;
    _Atomic int listener; /* the descriptor, or one of the two values above */
    _Atomic bool done;
};

static _Noreturn void end_process(const struct hand_over *shared, int number)
{
    struct error error = {0};

    error_system(&error, number, "linux.seccomp: hand the filter's listener to the agent at listenerPath");
    sandbox_message_report(shared->report, &error);
    syscall(SYS_exit_group, 126);
    __builtin_unreachable();
}

static int send_listener(void *argument)
{
    const struct timespec moment = {.tv_nsec = 20000};
    struct hand_over *shared = argument;
    int listener;

    while ((listener = atomic_load(&shared->listener)) == LISTENER_AWAITED)
        syscall(SYS_nanosleep, &moment, NULL);
    if (listener >= 0 && descriptor_send(shared->notify->connection, shared->notify->document,
                                         shared->notify->length, &listener, 1) < 0)
        end_process(shared, errno);
    if (listener >= 0) {
        /* The specification wants the connection closed now. And a process that held its own listener open
         * until execve would wait for ever for an agent that ended before. */
        syscall(SYS_close, listener);
        syscall(SYS_close, shared->notify->connection);
    }
    atomic_store(&shared->done, true);
    /* Only this thread. */
    syscall(SYS_exit, 0);
    __builtin_unreachable();
}

static int start_thread(struct hand_over *shared, struct error *error)
{
    static char stack[STACK_SIZE] __attribute__((aligned(16)));
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

    /* Bare, without storage of its own: it shares errno with the first thread, which does not look at it
     * meanwhile. */
    if (clone(send_listener, stack + STACK_SIZE, flags, shared) < 0)
        return error_system(error, errno,
                            "start the thread that speaks to the seccomp agent (pids limit, RLIMIT_NPROC)");
    return 0;
}

int seccomp_notify_load(const struct seccomp_program *program, const struct seccomp_notify *notify,
                        int report, struct error *error)
{
    struct hand_over shared = {.notify = notify, .report = report, .listener = LISTENER_AWAITED};
    struct seccomp_program alone = *program;
    int listener, number;

    /* With these the second thread would come under the filter. The program has no other threads at its
     * start. */
    alone.flags &= ~(uint64_t)(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
    if (start_thread(&shared, error) < 0)
        return -1;
    listener = seccomp_install(&alone);
    number = errno;
    atomic_store(&shared.listener, listener >= 0 ? listener : LISTENER_FAILED);
    while (!atomic_load(&shared.done)) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    return listener < 0 ? error_system(error, number, "linux.seccomp: load the filter") : 0;
}
