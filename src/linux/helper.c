/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding, starting and asking helper programs. */
#include "linux/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"
#include "config.h"
#include "linux/host_proc.h"
#include "linux/process_identity.h"

/* Where helpers look for programs of theirs, whatever ours is. */
#define HELPER_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { END_PATIENCE_MS = 1000, CANDIDATES = 3 };

/* ---- finding ---- */

/* The path of the program that was started; a sealed copy carries it in its name (self_copy.h). Empty when it
 * cannot be told. */
static int program_path(char *path, size_t size, struct error *error)
{
    static const char memory_file[] = "/memfd:";
    static const char deleted[] = " (deleted)";
    ssize_t length;

    if (host_proc_require(error) != 0)
        return -1;
    length = readlink("/proc/self/exe", path, size - 1);
    if (length < 0)
        return error_system(error, errno, "finding the runtime's own program");
    path[length] = '\0';
    if (text_ends_with(path, deleted))
        path[strlen(path) - strlen(deleted)] = '\0';
    if (text_starts_with(path, memory_file))
        memmove(path, path + strlen(memory_file), strlen(path) - strlen(memory_file) + 1);
    if (path[0] != '/')
        path[0] = '\0';
    return 0;
}

/* An installed helper, or a reason not to believe it. 1 and *found, 0 not there, -1. */
static int open_candidate(const char *path, uid_t program_owner, int *found, struct error *error)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;

    if (file < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : error_system(error, errno, "opening the helper program %s", path);
    if (fstat(file, &status) != 0)
        return error_system(error, errno, "looking at the helper program %s", path);
    if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0)
        return error_set(error, ERROR_DENIED, "the helper program %s is no executable file", path);
    if ((status.st_uid != 0 && status.st_uid != program_owner) || (status.st_mode & 0022) != 0)
        return error_set(error, ERROR_DENIED,
                         "the helper program %s could be changed by others than the owner of the runtime's "
                         "own program: it must "
                         "belong to root or to that owner, and be writable by nobody else",
                         path);
    *found = take_fd(&file);
    return 1;
}

static int find(const char *name, int *found, struct error *error)
{
    char program[PATH_MAX], candidates[CANDIDATES][PATH_MAX];
    struct stat status = {.st_uid = geteuid()};
    size_t count = 0;
    char *slash;

    if (program_path(program, sizeof(program), error) != 0)
        return -1;
    slash = strrchr(program, '/');
    if (slash != NULL) {
        if (stat(program, &status) != 0)
            status.st_uid = geteuid(); /* replaced or removed since it was started */
        *slash = '\0';
        count += text_print(candidates[count], PATH_MAX, "%s/%s", program, name) == 0;
        count += text_print(candidates[count], PATH_MAX, "%s/../libexec/thwart/%s", program, name) == 0;
    }
    count += text_print(candidates[count], PATH_MAX, "%s/%s", THWART_HELPER_DIRECTORY, name) == 0;
    for (size_t i = 0; i < count; i++) {
        int result = open_candidate(candidates[i], status.st_uid, found, error);

        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    return error_set(
        error, ERROR_UNSUPPORTED,
        "the helper program %s is not there (looked for beside the runtime, in ../libexec/thwart "
        "and %s): install it, "
        "it is built with the runtime where its libraries are (meson setup says what it builds)",
        name, THWART_HELPER_DIRECTORY);
}

int helper_find(const char *name, struct error *error)
{
    cleanup_fd int program = -1;

    return find(name, &program, error);
}

int helper_find_tool(const char *name, struct error *error)
{
    const char *next = HELPER_PATH;
    char path[PATH_MAX];

    while (*next != '\0') {
        size_t length = strcspn(next, ":");

        if (text_print(path, sizeof(path), "%.*s/%s", (int)length, next, name) == 0 &&
            access(path, X_OK) == 0)
            return 0;
        next += length;
        next += *next == ':';
    }
    return error_set(error, ERROR_UNSUPPORTED, "the program %s is not there (looked for in %s): install it",
                     name, HELPER_PATH);
}

/* ---- starting ---- */

static void default_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    /* SIGKILL, SIGSTOP and the C library's own two refuse; they are at their default anyway. */
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the helper's process: never returns. */
static _Noreturn void become(const char *name, int program, int socket, pid_t runtime)
{
    static const char *const inherited[] = {"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
                                            "XDG_RUNTIME_DIR"};
    static char path[] = "PATH=" HELPER_PATH;
    static char entries[ARRAY_LENGTH(inherited)][PATH_MAX];
    char *environment[ARRAY_LENGTH(inherited) + 2] = {path};
    char *const arguments[] = {(char *)(uintptr_t)name, NULL};
    size_t count = 1;
    int null;

    for (size_t i = 0; i < ARRAY_LENGTH(inherited); i++) {
        const char *value = getenv(inherited[i]);

        if (value != NULL && value[0] != '\0' &&
            text_print(entries[i], sizeof(entries[i]), "%s=%s", inherited[i], value) == 0)
            environment[count++] = entries[i];
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != runtime)
        _exit(126);
    default_signals();
    null = open("/dev/null", O_RDWR | O_NOCTTY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(126);
    /* Out of the way of the number that the socket gets. */
    program = fcntl(program, F_DUPFD_CLOEXEC, HELPER_SOCKET + 1);
    if (program < 0)
        _exit(126);
    if (socket == HELPER_SOCKET ? fcntl(socket, F_SETFD, 0) != 0 : dup2(socket, HELPER_SOCKET) < 0)
        _exit(126);
    if (descriptor_cloexec_from(HELPER_SOCKET + 1) != 0 || chdir("/") != 0)
        _exit(126);
    syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
    _exit(127);
}

int helper_start(const char *name, struct helper *helper, struct error *error)
{
    cleanup_fd int program = -1, ours = -1, theirs = -1;
    pid_t runtime = getpid();
    int pair[2];

    *helper = (struct helper){.name = name, .pidfd = -1, .socket = -1};
    if (find(name, &program, error) != 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return error_system(error, errno, "making a socket pair for %s", name);
    ours = pair[0];
    theirs = pair[1];
    helper->pid = fork();
    if (helper->pid < 0) {
        helper->pid = 0;
        return error_system(error, errno, "starting %s", name);
    }
    if (helper->pid == 0)
        become(name, program, theirs, runtime);
    helper->pidfd = pidfd_open(helper->pid, 0);
    helper->socket = take_fd(&ours);
    if (helper->pidfd < 0) {
        error_system(error, errno, "watching %s", name);
        helper_end(helper);
        return -1;
    }
    return 0;
}

/* ---- asking ---- */

static int explain_end(struct helper *helper, const char *question, struct error *error)
{
    int status;

    if (process_wait_end(helper->pidfd, END_PATIENCE_MS, NULL) != 1 ||
        waitpid(helper->pid, &status, 0) != helper->pid) {
        helper_end(helper);
        return error_set(error, ERROR_SYSTEM, "%s has hung up without an answer to %s", helper->name,
                         question);
    }
    helper->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s cannot be started here: a library that it is linked with may be missing",
                         helper->name);
    if (WIFEXITED(status))
        return error_set(error, ERROR_SYSTEM, "%s has ended with status %d, without an answer to %s",
                         helper->name, WEXITSTATUS(status), question);
    return error_set(error, ERROR_SYSTEM, "%s was ended by signal %d, without an answer to %s", helper->name,
                     WTERMSIG(status), question);
}

int helper_ask(struct helper *helper, const struct message *question, const int *descriptors, size_t count,
               int timeout_ms, struct message *answer, struct error *error)
{
    const char *kind = message_kind(question);
    int received;

    if (message_send(helper->socket, question, descriptors, count) != 0 && errno != EPIPE)
        return error_system(error, errno, "asking %s for %s", helper->name, kind);
    received = message_receive(helper->socket, timeout_ms, answer, NULL, NULL);
    if (received > 0)
        return message_failure(answer, error);
    if (received == 0)
        return explain_end(helper, kind, error);
    if (errno != ETIMEDOUT)
        return error_system(error, errno, "reading what %s answers to %s", helper->name, kind);
    helper_end(helper);
    return error_set(error, ERROR_LIMIT, "%s has not answered %s for %d s and was ended", helper->name, kind,
                     timeout_ms / 1000);
}

void helper_end(struct helper *helper)
{
    int status;

    /* Not only closed: a process that we made may hold a copy until it executes its program. */
    if (helper->socket >= 0)
        shutdown(helper->socket, SHUT_RDWR);
    if (helper->pid > 0) {
        if (helper->pidfd < 0 || process_wait_end(helper->pidfd, END_PATIENCE_MS, NULL) != 1)
            kill(helper->pid, SIGKILL); /* our child, not reaped yet: the number is still its own */
        while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    helper->pid = 0;
    descriptor_close(&helper->socket);
    descriptor_close(&helper->pidfd);
}
