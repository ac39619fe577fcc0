/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_attributes.h. */
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include "base/memory.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"

static int set_attributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
    return mount_setattr(mount, "", flags, &attributes, sizeof(attributes));
}

static int attributes_error(struct error *error, const char *what)
{
    if (errno == ENOSYS) {
        error_set(error, ERROR_UNSUPPORTED,
                  "%s: mount_setattr is missing (needs Linux 5.12 and a filter that allows it)", what);
        error->system_errno = ENOSYS;
        return -1;
    }
    return error_system(error, errno, "%s", what);
}

/* Everything but the locked ones: what is set is a must; each thing to be cleared is tried by itself. */
static int apply_around_locks(int mount, uint64_t set, uint64_t clear, bool recursive, bool *kept)
{
    uint64_t must = set & ~(uint64_t)MOUNT_ATTR__ATIME;
    if (must != 0 && set_attributes(mount, must, 0, 0, recursive) < 0)
        return -1;
    if ((clear & MOUNT_ATTR__ATIME) != 0 &&
        set_attributes(mount, set & MOUNT_ATTR__ATIME, MOUNT_ATTR__ATIME, 0, recursive) < 0) {
        if (errno != EPERM)
            return -1;
        *kept = true;
    }
    uint64_t rest = clear & ~(uint64_t)MOUNT_ATTR__ATIME;
    while (rest != 0) {
        uint64_t bit = rest & (~rest + 1);
        rest &= ~bit;
        if (set_attributes(mount, 0, bit, 0, recursive) == 0)
            continue;
        if (errno != EPERM)
            return -1;
        *kept = true;
    }
    return 0;
}

int mount_attributes_apply(int mount, uint64_t set, uint64_t clear, bool recursive, bool *kept_locked,
                           struct error *error)
{
    /* The kernel takes an atime mode only together with the order to clear the old one. */
    if ((set & MOUNT_ATTR__ATIME) != 0)
        clear |= MOUNT_ATTR__ATIME;
    if (set == 0 && clear == 0)
        return 0;
    if (set_attributes(mount, set, clear, 0, recursive) == 0)
        return 0;
    bool kept = false;
    if (errno == EPERM && clear != 0 && apply_around_locks(mount, set, clear, recursive, &kept) == 0) {
        if (kept && kept_locked != NULL)
            *kept_locked = true;
        return 0;
    }
    return attributes_error(error, "set mount attributes");
}

int mount_propagation_apply(int mount, uint64_t propagation, struct error *error)
{
    bool recursive = (propagation & MS_REC) != 0;
    if (set_attributes(mount, 0, 0, propagation & ~(uint64_t)MS_REC, recursive) < 0)
        return attributes_error(error, "set mount propagation");
    return 0;
}

int mount_attributes_read(int mount, uint64_t *attributes, struct error *error)
{
    static const struct {
        unsigned long flag;
        uint64_t attribute;
    } pairs[] = {
        {ST_RDONLY, MOUNT_ATTR_RDONLY},   {ST_NOSUID, MOUNT_ATTR_NOSUID},
        {ST_NODEV, MOUNT_ATTR_NODEV},     {ST_NOEXEC, MOUNT_ATTR_NOEXEC},
        {ST_NOATIME, MOUNT_ATTR_NOATIME}, {ST_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    };
    struct statfs status;
    if (fstatfs(mount, &status) < 0)
        return error_system(error, errno, "read mount attributes");
    *attributes = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
        if (((unsigned long)status.f_flags & pairs[i].flag) != 0)
            *attributes |= pairs[i].attribute;
    return 0;
}

int mount_attach(int mount, int target, struct error *error)
{
    if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
        return 0;
    if (errno == ENOTDIR)
        return error_system(error, errno,
                            "attach the mount: a directory cannot cover a file, nor a file a directory");
    return error_system(error, errno, "attach the mount");
}
