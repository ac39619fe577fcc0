/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding and executing the container's program. */
#include "linux/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"

/* 0, or the errno with which execve(path) would fail for what can be known beforehand. */
static int try_path(const char *path)
{
    struct stat status;

    /* With the effective ids and rights: those that execve will be judged by. */
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
        return errno;
    if (stat(path, &status) < 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    return S_ISREG(status.st_mode) ? 0 : EACCES;
}

/*
 * Engines tell a missing command (their exit status 127) from the text, and differ: dockerd and its client
 * look for "executable file not found" or "no such file or directory" as they stand here, podman for
 * "executable file not found in" in any case.
 */
static int missing(const char *name, const char *where, struct error *error)
{
    return error_set(error, ERROR_COMMAND_MISSING,
                     "executable file not found%s: `%s`: no such file or directory", where, name);
}

/* The verdict on a path that was found and cannot be executed. */
static int refused(const char *name, int number, struct error *error)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return missing(name, "", error);
    case EISDIR:
        return error_set(error, ERROR_COMMAND_REFUSED,
                         "executable file `%s` is a directory: permission denied", name);
    case EACCES:
        return error_set(error, ERROR_COMMAND_REFUSED, "executable file `%s`: permission denied", name);
    case ELOOP:
        return error_set(error, ERROR_COMMAND_REFUSED,
                         "executable file `%s`: too many symbolic links: permission denied", name);
    case ENAMETOOLONG:
        return error_set(error, ERROR_COMMAND_MISSING,
                         "executable file not found: `%s`: its name is too long", name);
    default:
        return error_system(error, number, "look at executable file `%s`", name);
    }
}

/* Put the next entry of a PATH and name together; false when that is longer than any path. An empty entry is
 * the working directory. */
static bool next_candidate(const char **entry, const char *name, struct program *program)
{
    const char *end = strchrnul(*entry, ':');
    int length = (int)(end - *entry);
    bool fits = text_print(program->path, sizeof(program->path), "%.*s/%s", length > 0 ? length : 1,
                           length > 0 ? *entry : ".", name) == 0;

    *entry = *end == ':' ? end + 1 : NULL;
    return fits;
}

static int search(const char *name, const char *search_path, struct program *program, struct error *error)
{
    int verdict = ENOENT;

    for (const char *entry = search_path; entry != NULL;) {
        int number = next_candidate(&entry, name, program) ? try_path(program->path) : ENAMETOOLONG;

        if (number == 0)
            return 0;
        /* As execvp: one that may not be executed does not hide a later one, but decides the verdict. */
        if (number == EACCES)
            verdict = EACCES;
    }
    return verdict == EACCES ? refused(name, EACCES, error) : missing(name, " in $PATH", error);
}

int program_find(const struct plan_process *plan, struct program *program, struct error *error)
{
    const char *name = plan->args.count > 0 ? plan->args.items[0] : "";
    int number;

    if (name[0] == '\0')
        return missing(name, " in $PATH", error);
    if (strchr(name, '/') == NULL)
        return search(name, plan->search_path, program, error);
    if (text_print(program->path, sizeof(program->path), "%s", name) < 0)
        return refused(name, ENAMETOOLONG, error);
    number = try_path(program->path);
    return number == 0 ? 0 : refused(name, number, error);
}

int program_execute(const struct program *program, const struct plan_process *plan,
                    const char *const *environment, struct error *error)
{
    const char *name = plan->args.items[0];
    int number;

    /* execve takes arrays of non-const strings for old times' sake; it does not write to them. */
    execve(program->path, (char *const *)(uintptr_t)plan->args.items, (char *const *)(uintptr_t)environment);
    number = errno;
    switch (number) {
    case ENOENT:
        /* It was there at create. Still there: what is missing is the interpreter of a script, or the loader
         * of a dynamic program. */
        if (access(program->path, F_OK) == 0)
            return error_set(
                error, ERROR_COMMAND_MISSING,
                "executable file `%s`: script interpreter or loader missing: no such file or directory",
                name);
        return missing(name, "", error);
    case EACCES:
    case EPERM:
        return error_set(error, ERROR_COMMAND_REFUSED,
                         "executable file `%s`: permission denied (mode, a noexec mount, its interpreter, or "
                         "a security module)",
                         name);
    case ENOEXEC:
        return error_set(error, ERROR_COMMAND_REFUSED,
                         "executable file `%s`: exec format error: no program of this architecture, or a "
                         "script without #!",
                         name);
    case E2BIG:
        return error_set(error, ERROR_LIMIT,
                         "executable file `%s`: arguments and environment are too long together", name);
    case EAGAIN:
        return error_set(error, ERROR_LIMIT,
                         "executable file `%s`: the user has more processes than RLIMIT_NPROC allows", name);
    default:
        return error_system(error, number, "execute `%s`", name);
    }
}
