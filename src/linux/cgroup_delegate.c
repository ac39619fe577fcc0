/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving a container's cgroup to the container's root. OCI config-linux.md, "Cgroup ownership". */
#include "linux/cgroup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/text.h"

enum { LIST_MAX_BYTES = 4096 };

/* Give one file of the cgroup away; files that this kernel does not have are skipped. */
static int give_file(int leaf, const char *file, const struct plan_cgroup *plan, struct error *error)
{
    if (fchownat(leaf, file, plan->delegate_uid, plan->delegate_gid, AT_SYMLINK_NOFOLLOW) == 0 ||
        errno == ENOENT)
        return 0;
    return error_system(error, errno, "cannot give %s of the cgroup %s to user %u", file, plan->path,
                        plan->delegate_uid);
}

/* The directory and the files that the kernel names in /sys/kernel/cgroup/delegate. */
int cgroup_delegate(int leaf, const struct plan_cgroup *plan, struct error *error)
{
    static const char usual[] = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n";
    char list[LIST_MAX_BYTES], *next = list;

    if (!plan->own_user_namespace_delegate ||
        (plan->delegate_uid == geteuid() && plan->delegate_gid == getegid()))
        return 0;
    if (fchownat(leaf, "", plan->delegate_uid, plan->delegate_gid, AT_EMPTY_PATH) != 0)
        return error_system(error, errno, "cannot give the cgroup %s to user %u", plan->path,
                            plan->delegate_uid);
    /* Before 4.15 there is no such list. */
    if (descriptor_read_file_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list)) < 0)
        (void)text_print(list, sizeof(list), "%s", usual);
    while (*next != '\0') {
        char *end = strchrnul(next, '\n');
        bool more = *end != '\0';

        *end = '\0';
        /* cgroupfs has no directories within a name: nothing of the list may lead elsewhere. */
        if (*next != '\0' && strchr(next, '/') == NULL && give_file(leaf, next, plan, error) != 0)
            return -1;
        next = end + more;
    }
    return 0;
}
