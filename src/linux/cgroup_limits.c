/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: one value, one write, in the plan's order; and what a refusal means, in the words of who asked. */
#include "linux/cgroup_files.h"

#include <errno.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"

enum { LINE_MAX_BYTES = 4096 };

/* The file does not exist: the controller is not there, or this kernel's controller has no such file. */
static int explain_missing(int mount, int directory, const struct plan_cgroup_write *write, const char *path,
                           struct error *error)
{
    char available[LINE_MAX_BYTES];

    if (strcmp(write->controller, "cgroup") != 0 &&
        descriptor_read_file_at(directory, "cgroup.controllers", available, sizeof(available)) >= 0 &&
        !cgroup_has_word(available, write->controller))
        return cgroup_explain_controller(mount, write->controller, path, write->pointer, error);
    return error_set(
        error, ERROR_UNSUPPORTED,
        "%s: this kernel's cgroups have no %s: leave the setting out, or use a kernel that has it",
        write->pointer, write->file);
}

/* What the errno of a refused write is known to mean; NULL: only what it says. */
static const char *cause_of(const char *file, int number)
{
    switch (number) {
    case EINVAL:
        if (strncmp(file, "cpuset.", 7) == 0)
            return "not all of these CPUs or memory nodes exist and are available to the cgroup above";
        if (strcmp(file, "cpu.max") == 0)
            return "quota and period must be at least 1 ms, the period at most 1 s";
        return "the kernel does not take this value";
    case ERANGE:
        return "the value is out of the kernel's range";
    case ENODEV:
        return "no such device (a whole disk is needed, not a partition), or the cgroup was removed";
    case EBUSY:
        return "more than that is in use already";
    case EOPNOTSUPP:
        return "the device's I/O scheduler or the cgroup's type does not support it";
    case EACCES:
    case EPERM:
        return "this user was not given the cgroup";
    case EROFS:
        return "the cgroup file system is mounted read-only";
    default:
        return NULL;
    }
}

static int explain_refusal(const struct plan_cgroup_write *write, int number, const char *path,
                           struct error *error)
{
    const char *cause = cause_of(write->file, number);

    if (cause == NULL)
        return error_system(error, number, "%s: cannot write \"%s\" to %s of the cgroup %s", write->pointer,
                            write->value, write->file, path);
    return error_system(error, number, "%s: cannot write \"%s\" to %s of the cgroup %s (%s)", write->pointer,
                        write->value, write->file, path, cause);
}

/* checkBeforeUpdate: a limit below what is used would not be refused by the kernel but enforced by killing.
 */
static int check_usage(int directory, const struct plan_cgroup_write *write, const char *path,
                       struct error *error)
{
    uint64_t limit, usage;
    char text[32];

    if (strcmp(write->file, "memory.max") != 0 || !number_unsigned(write->value, UINT64_MAX, &limit))
        return 0;
    if (descriptor_read_file_at(directory, "memory.current", text, sizeof(text)) < 0 ||
        !number_unsigned(text, UINT64_MAX, &usage))
        return error_system(error, errno, "%s: cannot read how much memory the cgroup %s uses",
                            write->pointer, path);
    if (usage > limit)
        return error_set(
            error, ERROR_STATE,
            "%s: %s bytes are less than the %s that the cgroup %s uses, and checkBeforeUpdate is set",
            write->pointer, write->value, text, path);
    return 0;
}

int cgroup_limit_write(int mount, int directory, const struct plan_cgroup_write *write, const char *path,
                       struct error *error)
{
    for (; write != NULL; write = write->otherwise) {
        if (descriptor_write_file_at(directory, write->file, write->value) == 0)
            return 0;
        if (errno != ENOENT)
            return explain_refusal(write, errno, path, error);
        if (write->otherwise == NULL && !write->best_effort_missing_file)
            return explain_missing(mount, directory, write, path, error);
    }
    return 0;
}

int cgroup_limits_check(int directory, const struct plan_cgroup *plan, const char *path, struct error *error)
{
    for (size_t i = 0; i < plan->write_count; i++) {
        const struct plan_cgroup_write *write = &plan->writes[i];

        /* The file's name comes from the configuration's "unified" too. */
        if (strchr(write->file, '/') != NULL || write->file[0] == '.')
            return error_set(error, ERROR_INVALID, "%s: \"%s\" is not a cgroup file's name", write->pointer,
                             write->file);
        if (plan->check_memory_usage && check_usage(directory, write, path, error) != 0)
            return -1;
    }
    return 0;
}

int cgroup_limits_write(int mount, int directory, const struct plan_cgroup *plan, const char *path,
                        struct error *error)
{
    if (cgroup_limits_check(directory, plan, path, error) != 0)
        return -1;
    for (size_t i = 0; i < plan->write_count; i++)
        if (cgroup_limit_write(mount, directory, &plan->writes[i], path, error) != 0)
            return -1;
    return 0;
}
