/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * born [WORDS...] -- PROGRAM ARGUMENTS: starts a program in a state that engines and users leave behind,
 * which must not reach a container:
 *
 *   ignore=N      signal N is ignored                     block=N     signal N is blocked
 *   deathsig=N    parent death signal                     groups=A,B  supplementary groups
 *   umask=OCTAL   file mode creation mask                 fd=N:PATH   PATH is open as descriptor N, not
 * close-on-exec socket=N      a listening socket is descriptor N      close=N     descriptor N is closed
 *   nice=N        nice value                              nofile=N    RLIMIT_NOFILE, both
 *   fsize=N       RLIMIT_FSIZE, both                      memfd=N     an anonymous file is descriptor N
 *   subreaper=1   what it orphans falls to it             oom=N       oom_score_adj
 *   pipe=N        a pipe is descriptors N and N + 1
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((noreturn)) static void fail(const char *what)
{
    dprintf(STDERR_FILENO, "born: %s: %s\n", what, strerror(errno));
    exit(125);
}

static void move_to(int from, int to, const char *what)
{
    if (from < 0)
        fail(what);
    if (from == to)
        return;
    if (dup2(from, to) < 0)
        fail(what);
    close(from);
}

static void open_as(const char *words)
{
    char *end = NULL;
    long number = strtol(words, &end, 10);

    if (*end != ':')
        fail(words);
    int fd = open(end + 1, O_RDWR | O_NONBLOCK);
    if (fd < 0)
        fd = open(end + 1, O_RDONLY | O_NONBLOCK);
    move_to(fd, (int)number, end + 1);
}

static void listen_as(int number)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    move_to(fd, number, "socket");
    if (listen(number, 1) < 0 && errno != EINVAL)
        fail("listen");
}

static void pipe_as(int number)
{
    int ends[2];

    if (pipe(ends) < 0)
        fail("pipe");
    /* Out of the way of each other first: the writing end may sit where the reading one is to be. */
    ends[1] = fcntl(ends[1], F_DUPFD, 1000);
    move_to(ends[0], number, "pipe");
    move_to(ends[1], number + 1, "pipe");
}

static void set_oom_score(const char *words)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, words, strlen(words)) < 0)
        fail("oom_score_adj");
    close(fd);
}

static void take_groups(const char *words)
{
    gid_t groups[64];
    size_t count = 0;
    char *end = NULL;

    for (const char *word = words; *word && count < 64; word = *end ? end + 1 : end)
        groups[count++] = (gid_t)strtoul(word, &end, 10);
    if (setgroups(count, groups) < 0)
        fail("setgroups");
}

static void set_limit(__rlimit_resource_t resource, long value)
{
    struct rlimit limit = {(rlim_t)value, (rlim_t)value};

    if (setrlimit(resource, &limit) < 0)
        fail("setrlimit");
}

static void take_signal(int number, bool block)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    if (block ? sigprocmask(SIG_BLOCK, &set, NULL) < 0 : signal(number, SIG_IGN) == SIG_ERR)
        fail("signal");
}

static void take(const char *name, const char *value)
{
    int number = (int)strtol(value, NULL, 10);

    if (strcmp(name, "ignore") == 0)
        take_signal(number, false);
    else if (strcmp(name, "block") == 0)
        take_signal(number, true);
    else if (strcmp(name, "deathsig") == 0)
        prctl(PR_SET_PDEATHSIG, (unsigned long)number, 0UL, 0UL, 0UL);
    else if (strcmp(name, "groups") == 0)
        take_groups(value);
    else if (strcmp(name, "umask") == 0)
        umask((mode_t)strtoul(value, NULL, 8));
    else if (strcmp(name, "fd") == 0)
        open_as(value);
    else if (strcmp(name, "socket") == 0)
        listen_as(number);
    else if (strcmp(name, "memfd") == 0)
        move_to(memfd_create("leaked", 0), number, "memfd");
    else if (strcmp(name, "pipe") == 0)
        pipe_as(number);
    else if (strcmp(name, "subreaper") == 0)
        prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)number, 0UL, 0UL, 0UL);
    else if (strcmp(name, "oom") == 0)
        set_oom_score(value);
    else if (strcmp(name, "close") == 0)
        close(number);
    else if (strcmp(name, "nice") == 0)
        setpriority(PRIO_PROCESS, 0, number);
    else if (strcmp(name, "nofile") == 0)
        set_limit(RLIMIT_NOFILE, number);
    else if (strcmp(name, "fsize") == 0)
        set_limit(RLIMIT_FSIZE, number);
    else
        fail(name);
}

int main(int argc, char **argv)
{
    int index = 1;

    for (; index < argc && strcmp(argv[index], "--") != 0; index++) {
        char *equals = strchr(argv[index], '=');
        if (!equals)
            fail(argv[index]);
        *equals = '\0';
        take(argv[index], equals + 1);
    }
    if (index + 1 >= argc)
        fail("no program");
    execvp(argv[index + 1], argv + index + 1);
    fail(argv[index + 1]);
}
