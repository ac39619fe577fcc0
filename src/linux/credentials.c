/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids, groups and umask of a container's process. */
#include "linux/credentials.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include "base/memory.h"

/* OCI config.md leaves the default to the runtime; the field's is 022. */
enum { UMASK_DEFAULT = 022 };

/* Container id 0 when some extent maps it, else the start of the first extent. */
static uint32_t owner_id(const struct plan_id_mappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++)
        if (mappings->items[i].container_id == 0)
            return 0;
    return mappings->count > 0 ? mappings->items[0].container_id : 0;
}

int credentials_become_namespace_root(const struct plan_namespaces *plan, struct error *error)
{
    const gid_t gid = owner_id(&plan->gid_mappings);
    const uid_t uid = owner_id(&plan->uid_mappings);

    /* EINVAL: a joined namespace that maps no 0. Its ids stay; files that need an owner fail by themselves,
     * with their name. */
    if (setresgid(gid, gid, gid) < 0 && (errno != EINVAL || plan->gid_mappings.count > 0))
        return error_system(error, errno, "become group %u in the user namespace", (unsigned int)gid);
    if (setresuid(uid, uid, uid) < 0 && (errno != EINVAL || plan->uid_mappings.count > 0))
        return error_system(error, errno, "become user %u in the user namespace", (unsigned int)uid);
    return 0;
}

static int set_groups(const struct plan_process *plan, struct error *error)
{
    if (plan->keep_groups)
        return 0;
    if (setgroups(plan->group_count, plan->groups) == 0)
        return 0;
    switch (errno) {
    case EINVAL:
        return error_set(
            error, ERROR_INVALID,
            "process.user.additionalGids: the kernel refuses these %zu groups: one of them is not mapped in "
            "the user namespace, or they are more than 65536",
            plan->group_count);
    case EPERM:
        return error_set(
            error, ERROR_UNSUPPORTED,
            "set %zu supplementary groups: not permitted here (no CAP_SETGID, or this user namespace has "
            "setgroups denied)",
            plan->group_count);
    default:
        return error_system(error, errno, "set %zu supplementary groups", plan->group_count);
    }
}

static int id_error(const char *what, const char *pointer, uint32_t id, struct error *error)
{
    switch (errno) {
    case EINVAL:
        return error_set(error, ERROR_INVALID, "%s: %s %u is not mapped in the container's user namespace",
                         pointer, what, id);
    case EAGAIN:
        return error_set(error, ERROR_LIMIT,
                         "%s: %s %u has as many processes as its limit (RLIMIT_NPROC) allows", pointer, what,
                         id);
    default:
        return error_system(error, errno, "%s: become %s %u", pointer, what, id);
    }
}

int credentials_set(const struct plan_process *plan, struct error *error)
{
    umask(plan->has_umask ? (mode_t)plan->umask : UMASK_DEFAULT);
    if (set_groups(plan, error) < 0)
        return -1;
    if (setresgid(plan->gid, plan->gid, plan->gid) < 0)
        return id_error("group", "process.user.gid", plan->gid, error);
    if (setresuid(plan->uid, plan->uid, plan->uid) < 0)
        return id_error("user", "process.user.uid", plan->uid, error);
    return 0;
}

static int compare_ids(const void *left, const void *right)
{
    const gid_t a = *(const gid_t *)left, b = *(const gid_t *)right;

    return (a > b) - (a < b);
}

/* The kernel sorts what it is given and keeps duplicates, so compare sorted with sorted. */
static bool same_groups(gid_t *actual, const struct plan_process *plan)
{
    cleanup_free gid_t *wanted = malloc(plan->group_count * sizeof(*wanted));

    if (wanted == NULL)
        return false;
    memcpy(wanted, plan->groups, plan->group_count * sizeof(*wanted));
    qsort(wanted, plan->group_count, sizeof(*wanted), compare_ids);
    qsort(actual, plan->group_count, sizeof(*actual), compare_ids);
    return memcmp(wanted, actual, plan->group_count * sizeof(*wanted)) == 0;
}

static int verify_groups(const struct plan_process *plan, struct error *error)
{
    cleanup_free gid_t *actual = NULL;
    int count = getgroups(0, NULL);

    if (plan->keep_groups)
        return 0;
    if (count < 0)
        return error_system(error, errno, "read the supplementary groups back");
    if (count == 0 && plan->group_count == 0)
        return 0;
    if ((size_t)count != plan->group_count)
        return error_set(error, ERROR_SYSTEM, "%zu supplementary groups were set, %d are in effect",
                         plan->group_count, count);
    actual = malloc((size_t)count * sizeof(*actual));
    if (actual == NULL || getgroups(count, actual) != count)
        return error_system(error, errno, "read the supplementary groups back");
    if (!same_groups(actual, plan))
        return error_set(error, ERROR_SYSTEM,
                         "the supplementary groups in effect are not those that were set");
    return 0;
}

int credentials_verify(const struct plan_process *plan, struct error *error)
{
    uid_t real_user, effective_user, saved_user;
    gid_t real_group, effective_group, saved_group;

    if (getresuid(&real_user, &effective_user, &saved_user) < 0 ||
        getresgid(&real_group, &effective_group, &saved_group) < 0)
        return error_system(error, errno, "read the ids back");
    if (real_user != plan->uid || effective_user != plan->uid || saved_user != plan->uid)
        return error_set(error, ERROR_SYSTEM, "user %u was set, %u/%u/%u is in effect", plan->uid, real_user,
                         effective_user, saved_user);
    if (real_group != plan->gid || effective_group != plan->gid || saved_group != plan->gid)
        return error_set(error, ERROR_SYSTEM, "group %u was set, %u/%u/%u is in effect", plan->gid,
                         real_group, effective_group, saved_group);
    return verify_groups(plan, error);
}
