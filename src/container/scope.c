/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The systemd unit of a container. */
#include "container/scope.h"

#include <errno.h>
#include <sys/stat.h>
#include "linux/cgroup.h"

int scope_description(const struct plan_systemd_scope *plan, int directory, struct arena *arena,
                      const char **description, struct error *error)
{
    struct stat status;

    if (fstat(directory, &status) != 0)
        return error_system(error, errno, "looking at the container's state directory");
    *description = arena_format(arena, "%s (state %llx:%llx)", plan->description,
                                (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
    return 0;
}

int scope_cgroup_is_ours(const struct record *record, bool *ours, struct error *error)
{
    const struct record_cgroup *cgroup = record->cgroup;

    *ours = cgroup != NULL;
    if (record->unit == NULL || cgroup == NULL)
        return 0;
    return cgroup_exists(cgroup->mount, cgroup->path, cgroup->has_inode ? cgroup->inode : 0, ours, error);
}

int scope_remove(const struct record *record, const struct notices *notices, struct error *error)
{
    const struct record_unit *unit = record->unit;
    const struct systemd_unit stopped = {unit->unit, unit->description, unit->user_manager};
    bool ours, foreign;

    if (scope_cgroup_is_ours(record, &ours, error) != 0)
        return -1;
    if (record->cgroup != NULL && !ours)
        return 0;
    if (systemd_scope_stop(&stopped, &foreign, error) != 0)
        return -1;
    if (foreign)
        notice(notices, NOTICE_WARNING,
               "the systemd unit %s is not this container's (its description is another): it is left alone",
               unit->unit);
    return 0;
}
