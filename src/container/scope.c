/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The systemd unit of a container. */
#include "container/scope.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "container/state_store.h"
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
    if (cgroup == NULL || (record->unit == NULL && !cgroup->has_inode))
        return 0;
    return cgroup_exists(cgroup->mount, cgroup->path, cgroup->has_inode ? cgroup->inode : 0, ours, error);
}

int scope_cgroup_remove(const struct record *record, const struct cgroup_made *made, struct error *error)
{
    const struct record_cgroup *cgroup = record->cgroup;
    bool ours, exists = false;

    if (scope_cgroup_is_ours(record, &ours, error) != 0 ||
        (!ours && cgroup_exists(cgroup->mount, cgroup->path, 0, &exists, error) != 0))
        return -1;
    /* Where it is gone, those above it may still be ours to remove. */
    return exists ? 0 : cgroup_remove(cgroup->mount, cgroup->path, made, error);
}

static bool is_of_the_path(int root, const char *id, const char *boot_id, const char *path,
                           struct arena *arena)
{
    cleanup_fd int directory = -1;
    const struct record *other;
    struct error unreadable;

    return state_open(root, id, &directory, &unreadable) == 0 &&
           state_read_record(directory, id, arena, &other, &unreadable) == 0 && other->cgroup != NULL &&
           strcmp(other->boot_id, boot_id) == 0 && strcmp(other->cgroup->path, path) == 0;
}

int scope_refuse_recorded_cgroup(int root, const struct record *record, const char *path, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    const char *const *ids;
    size_t count;

    if (state_list(root, &arena, &ids, &count, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], record->id) != 0 && is_of_the_path(root, ids[i], record->boot_id, path, &arena))
            return error_set(error, ERROR_EXISTS,
                             "the cgroup %s is that of container %s: delete that container first, or give "
                             "this one another /linux/cgroupsPath",
                             path, ids[i]);
    return 0;
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
