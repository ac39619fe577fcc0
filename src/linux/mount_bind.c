/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_bind.h. */
#include <sys/stat.h>
#include "base/descriptor.h"
#include "linux/mount_attributes.h"
#include "linux/mount_bind.h"
#include "linux/mount_syscalls.h"
#include "linux/path_facts.h"
#include "linux/rootfs_path.h"

static int check_judged(const struct plan_mount *plan, int clone, struct error *error)
{
    uint64_t device, inode;

    if (!plan->source_judged)
        return 0;
    if (path_object_of(clone, &device, &inode) < 0)
        return error_system(error, errno, "look at %s of the host", plan->source_path.text);
    if (device == plan->judged_device && inode == plan->judged_inode)
        return 0;
    return error_set(error, ERROR_DENIED,
                     "bind %s of the host: it is not what the policy decided on: something was put in its "
                     "place, or mounted over it, meanwhile",
                     plan->source_path.text);
}

int mount_bind_clone(const struct plan_mount *plan, int *mount, mode_t *kind, struct error *error)
{
    cleanup_fd int clone = -1;

    *mount = -1;
    if (host_path_clone(plan->source_path, plan->recursive, plan->source_no_follow, &clone, kind, error) <
            0 ||
        check_judged(plan, clone, error) < 0)
        return -1;
    *mount = take_fd(&clone);
    return 0;
}

int mount_apply_plan(const struct plan_mount *plan, int mount, bool *kept_locked, struct error *error)
{
    uint64_t set = plan->attributes_set | (plan->read_only ? MOUNT_ATTR_RDONLY : 0);
    if (mount_attributes_apply(mount, set, plan->attributes_clear, false, kept_locked, error) < 0)
        return -1;
    return mount_attributes_apply(mount, plan->recursive_set, plan->recursive_clear, true, kept_locked,
                                  error);
}

int mount_bind_instead(const struct plan_mount *plan, const char *path, int *mount, struct error *error)
{
    const struct host_path source = {path};
    mode_t kind;
    cleanup_fd int clone = -1;
    *mount = -1;
    if (host_path_clone(source, true, false, &clone, &kind, error) < 0)
        return -1;
    uint64_t set = plan->attributes_set | plan->recursive_set | (plan->read_only ? MOUNT_ATTR_RDONLY : 0);
    /* An atime mode is left as it is: submounts may have theirs locked, and it guards nothing. */
    set &= ~(uint64_t)(MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME);
    if (mount_attributes_apply(clone, set, 0, true, NULL, error) < 0)
        return -1;
    *mount = take_fd(&clone);
    return 0;
}

static int reconfigure(const struct plan_mount *plan, int mounted, struct error *error)
{
    cleanup_fd int context = fspick(mounted, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (context < 0)
        return error_system(error, errno, "change the file system's options");
    for (size_t i = 0; i < plan->option_count; i++) {
        const struct plan_option *option = &plan->options[i];
        unsigned int command = option->value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        if (fsconfig(context, command, option->key, option->value, 0) < 0)
            return error_system(error, errno, "change mount option %s", option->key);
    }
    if (fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
        return error_system(error, errno, "change the file system's options");
    return 0;
}

int mount_remount(const struct plan_mount *plan, int mounted, bool *kept_locked, struct error *error)
{
    struct statx status;
    if (statx(mounted, "", AT_EMPTY_PATH, STATX_TYPE, &status) < 0)
        return error_system(error, errno, "look at the mount");
    if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
        (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
        return error_system(error, EINVAL, "remount: nothing is mounted there");
    if (plan->option_count > 0 && reconfigure(plan, mounted, error) < 0)
        return -1;
    return mount_apply_plan(plan, mounted, kept_locked, error);
}
