/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting `criu swrk`. */
#include "criu/swrk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/text.h"

/* In criu: the three standard ones, its socket, then what is inherited. */
enum { SOCKET_NUMBER = 3, INHERITED_FIRST = 4, OUT_OF_THE_WAY = 100 };

/* The first executable `criu` of PATH. */
static int find_program(char path[PATH_MAX], struct error *error)
{
    const char *directories = getenv("PATH");

    for (const char *next = directories; next != NULL && *next != '\0';) {
        size_t length = strcspn(next, ":");

        if (length > 0 && text_print(path, PATH_MAX, "%.*s/criu", (int)length, next) == 0 &&
            access(path, X_OK) == 0)
            return 0;
        next += length;
        next += *next == ':';
    }
    return error_set(
        error, ERROR_UNSUPPORTED,
        "the program criu is not there (looked for in %s): install it, it is what checkpoint and "
        "restore are done with (Debian: apt-get install criu)",
        directories != NULL ? directories : "no PATH");
}

static int enter_mount_namespace(const struct request *request, struct error *error)
{
    int namespace = request_descriptor(request, "mount-namespace");

    if (namespace >= 0 && (setns(namespace, CLONE_NEWNS) != 0 || chdir("/") != 0))
        return error_system(error, errno, "entering the mount namespace for the restore");
    return 0;
}

/* What the images call KEY is descriptor N over there. */
static void number_inherited(struct request *request, struct arena *arena)
{
    CriuOpts *options = &request->options;

    options->inherit_fd = arena_array(arena, request->inherit_count, sizeof(InheritFd *));
    for (size_t i = 0; i < request->inherit_count; i++) {
        InheritFd *inherited = arena_allocate(arena, sizeof(*inherited));

        inherit_fd__init(inherited);
        inherited->key = (char *)(uintptr_t)request->inherits[i].key;
        inherited->fd = INHERITED_FIRST + (int32_t)i;
        options->inherit_fd[options->n_inherit_fd++] = inherited;
    }
}

/* ---- in the new process ---- */

/* By its own hand, so that it is never elsewhere with a task of the container. */
static int enter_cgroup(const struct request *request)
{
    int cgroup = request_descriptor(request, "cgroup");

    return cgroup < 0 ? 0 : descriptor_write_file_at(cgroup, "cgroup.procs", "0");
}

static int place(int descriptor, int number)
{
    return descriptor < 0 || dup2(descriptor, number) == number ? 0 : -1;
}

/* Copies high above first: a descriptor must not be overwritten before its turn. */
static int place_descriptors(const struct request *request, int socket)
{
    static const char *const standard[] = {"stdin", "stdout", "stderr"};
    int copies[REQUEST_DESCRIPTORS_MAX], standard_copies[ARRAY_LENGTH(standard)];

    socket = fcntl(socket, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    if (socket < 0)
        return -1;
    for (size_t i = 0; i < request->inherit_count; i++) {
        copies[i] =
            fcntl(request->descriptors.items[request->inherits[i].index], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
        if (copies[i] < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(standard); i++) {
        int descriptor = request_descriptor(request, standard[i]);

        standard_copies[i] = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
        if (descriptor >= 0 && standard_copies[i] < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(standard); i++)
        if (place(standard_copies[i], (int)i) != 0)
            return -1;
    if (place(socket, SOCKET_NUMBER) != 0)
        return -1;
    for (size_t i = 0; i < request->inherit_count; i++)
        if (place(copies[i], INHERITED_FIRST + (int)i) != 0)
            return -1;
    return descriptor_cloexec_from(INHERITED_FIRST + (unsigned int)request->inherit_count);
}

static _Noreturn void become(const struct request *request, const char *program, int socket, pid_t parent)
{
    static char name[] = "criu", mode[] = "swrk", number[] = "3";
    char *const arguments[] = {name, mode, number, NULL};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || enter_cgroup(request) != 0 ||
        place_descriptors(request, socket) != 0)
        _exit(126);
    /* CRIU before 4.1 forgets it; from us all inherit it. */
    if (request->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        _exit(126);
    execv(program, arguments);
    _exit(127);
}

/* ---- */

int swrk_start(struct request *request, struct arena *arena, struct swrk *swrk, struct error *error)
{
    cleanup_fd int ours = -1, theirs = -1;
    char program[PATH_MAX];
    pid_t self = getpid();
    int pair[2];

    if (find_program(program, error) != 0 || enter_mount_namespace(request, error) != 0)
        return -1;
    number_inherited(request, arena);
    /* CRIU opens our descriptors by /proc/PID/fd, PID being who made this pair. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return error_system(error, errno, "making a socket pair for criu");
    ours = pair[0];
    theirs = pair[1];
    swrk->pid = fork();
    if (swrk->pid < 0) {
        swrk->pid = 0;
        return error_system(error, errno, "starting criu");
    }
    if (swrk->pid == 0)
        become(request, program, theirs, self);
    swrk->socket = take_fd(&ours);
    return 0;
}

int swrk_wait(struct swrk *swrk, int *status, struct error *error)
{
    if (swrk->socket >= 0)
        shutdown(swrk->socket, SHUT_RDWR);
    while (waitpid(swrk->pid, status, 0) < 0)
        if (errno != EINTR)
            return error_system(error, errno, "waiting for the end of criu");
    swrk->pid = 0;
    descriptor_close(&swrk->socket);
    return 0;
}

void swrk_end(struct swrk *swrk)
{
    int status;

    if (swrk->pid > 0) {
        kill(swrk->pid, SIGKILL); /* our child, not reaped yet: the number is still its own */
        while (waitpid(swrk->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    swrk->pid = 0;
    descriptor_close(&swrk->socket);
}
