/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that keeps a scope alive. */
#include "systemd/placeholder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"

enum { RUNTIME_SOCKET = 3, LINES_MAX = 8192 };

int placeholder_start(pid_t *pid, struct error *error)
{
    const pid_t helper = getpid();

    *pid = fork();
    if (*pid < 0) {
        *pid = 0;
        return error_system(error, errno, "making the process that keeps the scope alive");
    }
    if (*pid > 0)
        return 0;
    /* It must not keep the runtime's socket open, nor live on where the helper does not. */
    close(RUNTIME_SOCKET);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != helper)
        _exit(1);
    (void)prctl(PR_SET_NAME, "thwart-scope"); /* for who looks at the process list */
    for (;;)
        pause();
}

void placeholder_end(pid_t *pid)
{
    if (*pid <= 0)
        return;
    kill(*pid, SIGKILL); /* our child, not reaped yet: the number is still its own */
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *pid = 0;
}

int placeholder_cgroup(pid_t pid, char *path, size_t size, struct error *error)
{
    static const char prefix[] = "0::";
    char name[64], lines[LINES_MAX];
    const char *line;

    (void)text_print(name, sizeof(name), "/proc/%ld/cgroup", (long)pid);
    if (descriptor_read_file_at(AT_FDCWD, name, lines, sizeof(lines)) < 0)
        return error_system(error, errno, "reading the cgroup of the process that keeps the scope alive");
    for (line = lines; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (text_starts_with(line, prefix) &&
            text_print(path, size, "%.*s", (int)strcspn(line + strlen(prefix), "\n"),
                       line + strlen(prefix)) == 0)
            return 0;
    }
    return error_set(error, ERROR_UNSUPPORTED, "there is no cgroup v2 hierarchy for systemd's scopes");
}
