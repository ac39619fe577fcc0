/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resource limits of a container's process. */
#include "linux/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/resource.h>

/* Those that our own steps between here and execve could run into. */
static bool hinders_us(int resource)
{
    switch (resource) {
    case RLIMIT_NOFILE: /* the start gate accepts a connection */
    case RLIMIT_AS:
    case RLIMIT_DATA:
    case RLIMIT_STACK:
    case RLIMIT_FSIZE:
    case RLIMIT_NPROC: /* startContainer hooks are processes of the same user */
        return true;
    default:
        return false;
    }
}

static int limit_error(const struct plan_rlimit *limit, struct error *error)
{
    switch (errno) {
    case EPERM:
        return error_set(error, ERROR_UNSUPPORTED,
                         "process.rlimits: %s cannot be raised to %llu here: that needs CAP_SYS_RESOURCE%s",
                         limit->name, (unsigned long long)limit->hard,
                         limit->resource == RLIMIT_NOFILE ? ", and at most the sysctl fs.nr_open" : "");
    case EINVAL:
        return error_set(error, ERROR_INVALID,
                         "process.rlimits: %s: the soft limit %llu is above the hard limit %llu", limit->name,
                         (unsigned long long)limit->soft, (unsigned long long)limit->hard);
    default:
        return error_system(error, errno, "process.rlimits: set %s", limit->name);
    }
}

static int set_exactly(const struct plan_rlimit *limit, struct error *error)
{
    const struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};

    if (setrlimit((__rlimit_resource_t)limit->resource, &value) < 0)
        return limit_error(limit, error);
    return 0;
}

static int raise_hard(const struct plan_rlimit *limit, struct error *error)
{
    struct rlimit value;

    if (limit->soft > limit->hard) {
        errno = EINVAL;
        return limit_error(limit, error);
    }
    if (getrlimit((__rlimit_resource_t)limit->resource, &value) < 0)
        return error_system(error, errno, "process.rlimits: read %s", limit->name);
    /* RLIM_INFINITY is the largest value, so the comparison holds for it too. */
    if (limit->hard <= value.rlim_max)
        return 0;
    value.rlim_max = limit->hard;
    if (setrlimit((__rlimit_resource_t)limit->resource, &value) < 0)
        return limit_error(limit, error);
    return 0;
}

int limits_raise(const struct plan_process *plan, struct error *error)
{
    for (size_t i = 0; i < plan->rlimit_count; i++) {
        const struct plan_rlimit *limit = &plan->rlimits[i];

        if ((hinders_us(limit->resource) ? raise_hard : set_exactly)(limit, error) < 0)
            return -1;
    }
    return 0;
}

int limits_lower(const struct plan_process *plan, struct error *error)
{
    for (size_t i = 0; i < plan->rlimit_count; i++)
        if (hinders_us(plan->rlimits[i].resource) && set_exactly(&plan->rlimits[i], error) < 0)
            return -1;
    return 0;
}
