/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_cgroup.h. */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/statfs.h>
#include "base/descriptor.h"
#include "base/text.h"
#include "linux/mount_bind.h"
#include "linux/mount_cgroup.h"
#include "linux/mount_new.h"
#include "linux/mount_syscalls.h"

/* path: beneath the hierarchy's mount, "" for all of it. */
static int clone_host_tree(const struct plan *plan, const struct plan_mount *mount_plan, const char *path,
                           int *mount, struct error *error)
{
    char source[PATH_MAX];
    struct statfs status;
    if (plan->cgroup.mount == NULL)
        return error_set(error, ERROR_UNSUPPORTED, "cgroup v2 is not mounted on this host");
    if (text_print(source, sizeof(source), "%s%s", plan->cgroup.mount, path) < 0)
        return error_set(error, ERROR_LIMIT, "the path of the cgroup is too long");
    cleanup_fd int clone = -1;
    if (mount_bind_instead(mount_plan, source, &clone, error) < 0)
        return -1;
    if (fstatfs(clone, &status) < 0)
        return error_system(error, errno, "look at %s", plan->cgroup.mount);
    if (status.f_type != CGROUP2_SUPER_MAGIC)
        return error_set(error, ERROR_UNSUPPORTED, "%s is not a cgroup v2 file system", plan->cgroup.mount);
    *mount = take_fd(&clone);
    return 0;
}

int mount_cgroup(const struct plan *plan, const struct plan_mount *mount_plan, int *mount,
                 const char **fallback, struct error *error)
{
    bool own_namespace = ((plan->namespaces.new_flags | plan->namespaces.join_flags) & CLONE_NEWCGROUP) != 0;
    *mount = -1;
    *fallback = NULL;
    if (!own_namespace)
        return clone_host_tree(plan, mount_plan, "", mount, error);
    const struct new_filesystem filesystem = {
        .type = "cgroup2",
        .source = mount_plan->source,
        .attributes = mount_plan->attributes_set | mount_plan->recursive_set |
                      (mount_plan->read_only ? MOUNT_ATTR_RDONLY : 0),
    };
    struct error refused = {0};
    if (new_filesystem_make(&filesystem, mount, &refused) == 0)
        return 0;
    /* The cgroup namespace belongs to a user namespace above ours (joined by path). What a namespace is asked
     * for is not to see the others: so the container's own part, never the whole. */
    if (refused.system_errno == EPERM && plan->cgroup.path != NULL) {
        *fallback = "cgroup: a new mount is not permitted in this cgroup namespace, the container's own "
                    "cgroup is bound";
        return clone_host_tree(plan, mount_plan, plan->cgroup.path, mount, error);
    }
    *error = refused;
    return -1;
}
