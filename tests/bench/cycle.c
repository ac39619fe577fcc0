/* SPDX-License-Identifier: GPL-2.0-or-later */
/* create, start, wait for the end of the container's process, delete, as an engine calls them: usage: cycle
 * RUNTIME BUNDLE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int call(char *const arguments[])
{
    pid_t pid = vfork();
    if (pid == 0) {
        execv(arguments[0], arguments);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    char id[] = "bench";
    /* As an engine's monitor does: the container's first process becomes our child when `create` exits. */
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    char *create[] = {argv[1], (char[]){"create"}, (char[]){"-b"}, argv[2], id, NULL};
    char *start[] = {argv[1], (char[]){"start"}, id, NULL};
    char *delete[] = {argv[1], (char[]){"delete"}, id, NULL};
    if (call(create) != 0 || call(start) != 0)
        return 1;
    int status;
    while (wait(&status) > 0)
        ;
    return call(delete) == 0 ? 0 : 1;
}
