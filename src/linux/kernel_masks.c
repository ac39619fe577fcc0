/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_masks_apply() of masks_internal.h.
 *
 * A mount shows a file that must be hidden when the way from the mount's root to the file stays on that mount
 * (RESOLVE_NO_XDEV): what lies on the way covers it, and if that shows the kernel's files, too, it is a mount
 * of the table itself. A mount of the table is reached when the path that the kernel has for it leads to it;
 * otherwise something is mounted over it.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/masks_internal.h"
#include "linux/mount_syscalls.h"
#include "linux/mountinfo.h"
#include "linux/procfs.h"
#include "linux/rootfs_internal.h"

/* Each round but the last covers something; what a cover shows is covered in the next one. */
enum { ROUNDS_MAX = 64 };

#define TAKEN_ELSEWHERE                                                                                      \
    "masks: the kernel's files are shown in places that the configuration does not tell, and were masked "   \
    "there"

struct look {
    const struct plan_rootfs *plan;
    struct rootfs *rootfs;
    struct mask_patterns *patterns;
    bool changed;
};

static bool concerns_type(const struct plan_rootfs *plan, const char *type)
{
    for (size_t i = 0; i < plan->kernel_mask_count; i++)
        if (strcmp(plan->kernel_masks[i].type, type) == 0)
            return true;
    return false;
}

/* Something else is there: mounted over it, or over a directory above. */
static bool is_covered(int number)
{
    return number == ENOENT || number == ENOTDIR || number == ELOOP;
}

/* 1: *found is the root of that very mount, 0: it is covered. */
static int reach(const struct look *look, const struct mountinfo_entry *entry, int *found,
                 struct error *error)
{
    cleanup_fd int place = syscall_openat2(look->rootfs->root, entry->mount_point, O_PATH | O_NOFOLLOW,
                                           RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    struct statx status;

    if (place < 0)
        return is_covered(errno) ? 0
                                 : error_system(error, errno, "look at the mount on %s", entry->mount_point);
    if (statx(place, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        return error_system(error, errno, "look at the mount on %s", entry->mount_point);
    if ((status.stx_mask & STATX_MNT_ID) == 0)
        return error_set(error, ERROR_UNSUPPORTED,
                         "look at the mount on %s: the kernel does not tell mounts apart (needs Linux 5.8)",
                         entry->mount_point);
    if (status.stx_mnt_id != entry->id)
        return 0;
    *found = take_fd(&place);
    return 1;
}

/* The way from a mount that has `root` of its file system to `path` there. NULL: it does not show it. "": all
 * that it shows is a part of it. */
static const char *way_to(const char *path, const char *root)
{
    if (path_is_beneath(root, path))
        return "";
    if (!path_is_beneath(path, root))
        return NULL;
    return strcmp(root, "/") == 0 ? path + 1 : path + strlen(root) + 1;
}

/* 1: *found is what the mount shows there, 0: it shows nothing. */
static int find_shown(int mount, const char *way, int *found, struct error *error)
{
    if (way[0] == '\0') {
        *found = fcntl(mount, F_DUPFD_CLOEXEC, 0);
        return *found < 0 ? error_system(error, errno, "duplicate the mount's descriptor") : 1;
    }
    *found = syscall_openat2(mount, way, O_PATH | O_NOFOLLOW,
                             RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    if (*found >= 0)
        return 1;
    /* EXDEV: the way leads to another mount. */
    return errno == EXDEV || is_covered(errno) ? 0 : error_system(error, errno, "look at %s", way);
}

static int is_writable(int mount, struct error *error)
{
    struct statfs status;

    if (fstatfs(mount, &status) < 0)
        return error_system(error, errno, "read the mount's attributes");
    return ((unsigned long)status.f_flags & ST_RDONLY) == 0;
}

static int enforce(struct look *look, int mount, const struct plan_kernel_mask *mask, const char *way,
                   struct error *error)
{
    cleanup_fd int shown = -1;
    struct stat status;
    int found = find_shown(mount, way, &shown, error);

    if (found <= 0)
        return found;
    look->changed = true;
    if (mask->read_only)
        return mask_make_read_only(shown, error);
    if (fstat(shown, &status) < 0)
        return error_system(error, errno, "look at what is to be masked");
    if (S_ISLNK(status.st_mode))
        return error_set(error, ERROR_SYSTEM, "it is a symbolic link, which cannot be masked");
    return mask_cover(look->patterns, shown, status.st_mode, error);
}

/* What is to be read-only first: its clone takes along what is masked below, and a mask is to be on top. */
static int enforce_all(struct look *look, const struct mountinfo_entry *entry, int mount, bool read_only,
                       struct error *error)
{
    for (size_t i = 0; i < look->plan->kernel_mask_count; i++) {
        const struct plan_kernel_mask *mask = &look->plan->kernel_masks[i];
        const char *way;

        if (mask->read_only != read_only || strcmp(mask->type, entry->type) != 0)
            continue;
        way = way_to(mask->path, entry->root);
        if (way != NULL && enforce(look, mount, mask, way, error) < 0)
            return error_prefix(error, "%s of the %s mounted on %s", mask->path, entry->type,
                                entry->mount_point);
    }
    return 0;
}

static int look_at(struct look *look, const struct mountinfo_entry *entry, struct error *error)
{
    cleanup_fd int mount = -1;
    int writable, found = reach(look, entry, &mount, error);

    if (found <= 0)
        return found;
    writable = is_writable(mount, error);
    if (writable < 0 || (writable > 0 && enforce_all(look, entry, mount, true, error) < 0))
        return -1;
    return enforce_all(look, entry, mount, false, error);
}

static int look_at_all(struct look *look, int procfs, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    int found;

    if (mountinfo_open(&mountinfo, procfs, error) < 0)
        return -1;
    while ((found = mountinfo_next(&mountinfo, &entry, error)) > 0)
        if (concerns_type(look->plan, entry.type) && look_at(look, &entry, error) < 0) {
            found = -1;
            break;
        }
    mountinfo_close(&mountinfo);
    return found;
}

int kernel_masks_apply(const struct plan *plan, struct rootfs *rootfs, struct mask_patterns *patterns,
                       struct error *error)
{
    cleanup_fd int own = -1;
    int procfs = rootfs->procfs;

    if (procfs < 0)
        procfs = own = procfs_open(PROCFS_PROCESSES, NULL, error);
    if (procfs < 0)
        return -1;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct look look = {.plan = &plan->rootfs, .rootfs = rootfs, .patterns = patterns};

        if (look_at_all(&look, procfs, error) < 0)
            return error_prefix(error, "policies' masks");
        if (!look.changed)
            return 0;
        rootfs_note_fallback(rootfs, TAKEN_ELSEWHERE);
    }
    return error_set(error, ERROR_SYSTEM, "policies' masks: mounts of the kernel's files appear without end");
}
