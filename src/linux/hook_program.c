/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See hook_program.h. */
#include "linux/hook_program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/path_facts.h"

static bool is_judged(const struct plan_judged_program *judged, const struct path_fact *seen)
{
    if (judged->inode != 0 && (seen->device != judged->device || seen->inode != judged->inode))
        return false;
    return judged->place == NULL || strcmp(judged->place, seen->resolved) == 0;
}

static bool has_judged_contents(const struct plan_judged_program *judged, int found,
                                const struct path_fact *seen)
{
    char hex[DIGEST_HEX_SIZE];
    struct digest digest;

    if (judged->sha256 == NULL)
        return true;
    if (!path_fact_digest(found, seen, &digest))
        return false;
    digest_hex(&digest, hex);
    return strcmp(hex, judged->sha256) == 0;
}

/* An O_PATH descriptor of what is at the hook's path now, if it is what was judged. */
static int open_judged(const struct plan_hook *hook, bool contents, enum hook_program_outcome *outcome)
{
    struct path_fact seen;
    struct error error;
    cleanup_fd int found = -1;

    *outcome = HOOK_PROGRAM_FAILED;
    if (path_fact_open(hook->path.text, &seen, &found, &error) < 0) {
        errno = error.system_errno != 0 ? error.system_errno : EIO; /* no procfs at /proc */
        return -1;
    }
    if (found < 0)
        return -1;
    *outcome = HOOK_PROGRAM_OTHER;
    if (!seen.exists || !is_judged(&hook->judged, &seen) ||
        (contents && !has_judged_contents(&hook->judged, found, &seen)))
        return -1;
    *outcome = HOOK_PROGRAM_FAILED;
    return take_fd(&found);
}

static void execute_descriptor(int program, char *const *argv, char *const *envp)
{
    (void)syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
}

/* The interpreter opens "/dev/fd/3": the judged file, whatever lies at its path by then. */
static void execute_script_by_descriptor(int program, char *const *argv, char *const *envp)
{
    if (program == 3 ? fcntl(program, F_SETFD, 0) == 0 : dup3(program, 3, 0) == 3)
        execute_descriptor(3, argv, envp);
}

enum hook_program_outcome hook_program_execute(const struct plan_hook *hook, char *const *argv,
                                               char *const *envp)
{
    enum hook_program_outcome outcome;
    int program = open_judged(hook, true, &outcome);

    if (program < 0)
        return outcome;
    execute_descriptor(program, argv, envp);
    /* execveat(2): what an interpreter would have to open through a descriptor that closes by itself. */
    if (errno != ENOENT)
        return HOOK_PROGRAM_FAILED;
    if (hook->judged.sha256 != NULL) {
        execute_script_by_descriptor(program, argv, envp);
        return HOOK_PROGRAM_FAILED;
    }
    close(program);
    program = open_judged(hook, false, &outcome);
    if (program < 0)
        return outcome;
    execve(hook->path.text, argv, envp);
    return HOOK_PROGRAM_FAILED;
}
