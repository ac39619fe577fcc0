/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rootfs_sources_open() of rootfs.h: what the parent clones before the child exists. */
#include <sched.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "linux/mount_attributes.h"
#include "linux/mount_bind.h"
#include "linux/mount_idmap.h"
#include "linux/mount_syscalls.h"
#include "linux/rootfs_internal.h"
#include "linux/rootfs_path.h"

#define FALLBACK_CHILD_OPENS                                                                                 \
    "sources: the runtime may not clone mounts in this namespace, the container's first process does"

/* The user namespace that PLAN_IDMAP_CONTAINER means, made when first needed. */
struct mapper {
    const struct plan *plan;
    int joined;    /* given, not ours to close */
    int container; /* made, or -1 */
};

static bool wants_shared(const struct plan_mount *mount)
{
    for (size_t i = 0; i < mount->propagation_count; i++)
        if ((mount->propagation[i] & MS_SHARED) != 0)
            return true;
    return false;
}

/* A bind that stays in the host's peer group ("rshared" with a shared root: Kubernetes' Bidirectional). Never
 * through a user namespace: its container would mount things on the host. */
static bool keeps_peers(const struct plan *plan, const struct plan_mount *mount)
{
    return (plan->rootfs.propagation & MS_SHARED) != 0 && wants_shared(mount) &&
           ((plan->namespaces.new_flags | plan->namespaces.join_flags) & CLONE_NEWUSER) == 0;
}

static bool needs_source(const struct plan *plan, const struct plan_mount *mount)
{
    return mount->kind == PLAN_MOUNT_BIND &&
           (plan->rootfs.sources_opened_early || mount->idmap != PLAN_IDMAP_NONE || keeps_peers(plan, mount));
}

/* Our namespace is the host's: a clone made here is a peer of the host's mount, and what the container mounts
 * below it would appear on the host (crun #2097). A child that opens for itself gets the same by the order of
 * rootfs_build. */
static int leave_peers(const struct plan *plan, int tree, struct error *error)
{
    bool private = (plan->rootfs.propagation & (MS_PRIVATE | MS_UNBINDABLE)) != 0;
    return mount_propagation_apply(tree, (private ? MS_PRIVATE : MS_SLAVE) | MS_REC, error);
}

static int map_ids(struct mapper *mapper, const struct plan_mount *mount, int tree, struct error *error)
{
    if (mount->idmap == PLAN_IDMAP_NONE)
        return 0;
    if (mount->idmap == PLAN_IDMAP_GIVEN) {
        cleanup_fd int given = -1;
        if (user_namespace_with_maps(&mount->uid_mappings, &mount->gid_mappings, &given, error) < 0)
            return -1;
        return mount_idmap_apply(tree, given, mount->idmap_recursive, error);
    }
    int container = mapper->joined >= 0 ? mapper->joined : mapper->container;
    if (container < 0) {
        const struct plan_namespaces *namespaces = &mapper->plan->namespaces;
        if (user_namespace_with_maps(&namespaces->uid_mappings, &namespaces->gid_mappings, &mapper->container,
                                     error) < 0)
            return -1;
        container = mapper->container;
    }
    return mount_idmap_apply(tree, container, mount->idmap_recursive, error);
}

static int open_mount(struct mapper *mapper, const struct plan_mount *mount, struct rootfs_sources *sources,
                      int *source, struct error *error)
{
    cleanup_fd int tree = -1;
    mode_t kind;
    struct error refused = {0};
    if (mount_bind_clone(mount, &tree, &kind, &refused) < 0) {
        /* Rootless: only the child, in its own user namespace, has the right. */
        if (refused.system_errno == EPERM && mount->idmap == PLAN_IDMAP_NONE) {
            sources->fallback = FALLBACK_CHILD_OPENS;
            return 0;
        }
        *error = refused;
        return -1;
    }
    if (!keeps_peers(mapper->plan, mount) && leave_peers(mapper->plan, tree, error) < 0)
        return -1;
    if (map_ids(mapper, mount, tree, error) < 0)
        return -1;
    *source = take_fd(&tree);
    return 0;
}

static int open_root(const struct plan *plan, struct rootfs_sources *sources, struct error *error)
{
    cleanup_fd int tree = -1;
    mode_t kind;
    struct error refused = {0};
    if (host_path_clone(plan->rootfs.path, true, false, &tree, &kind, &refused) < 0) {
        if (refused.system_errno == EPERM) {
            sources->fallback = FALLBACK_CHILD_OPENS;
            return 0;
        }
        *error = refused;
        return error_prefix(error, "root file system");
    }
    if (!S_ISDIR(kind))
        return error_system(error, ENOTDIR, "root file system %s", plan->rootfs.path.text);
    if (leave_peers(plan, tree, error) < 0)
        return -1;
    sources->root = take_fd(&tree);
    return 0;
}

static int open_mounts(struct mapper *mapper, struct arena *arena, struct rootfs_sources *sources,
                       struct error *error)
{
    const struct plan_rootfs *rootfs = &mapper->plan->rootfs;
    for (size_t i = 0; i < rootfs->mount_count; i++) {
        const struct plan_mount *mount = &rootfs->mounts[i];
        if (!needs_source(mapper->plan, mount))
            continue;
        if (sources->mounts == NULL) {
            sources->mounts = arena_array(arena, rootfs->mount_count, sizeof(*sources->mounts));
            sources->count = rootfs->mount_count;
            for (size_t j = 0; j < sources->count; j++)
                sources->mounts[j] = -1;
        }
        if (open_mount(mapper, mount, sources, &sources->mounts[i], error) < 0)
            return rootfs_mount_error(mount, error);
    }
    return 0;
}

int rootfs_sources_open(const struct plan *plan, int join_user_namespace, struct arena *arena,
                        struct rootfs_sources *sources, struct error *error)
{
    struct mapper mapper = {.plan = plan, .joined = join_user_namespace, .container = -1};
    *sources = (struct rootfs_sources){.root = -1};
    if (!plan->rootfs.new_mount_namespace)
        return 0;
    int result = plan->rootfs.sources_opened_early ? open_root(plan, sources, error) : 0;
    if (result == 0)
        result = open_mounts(&mapper, arena, sources, error);
    descriptor_close(&mapper.container);
    if (result < 0)
        rootfs_sources_close(sources);
    return result;
}

void rootfs_sources_close(struct rootfs_sources *sources)
{
    descriptor_close(&sources->root);
    for (size_t i = 0; i < sources->count; i++)
        descriptor_close(&sources->mounts[i]);
}
