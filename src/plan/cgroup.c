/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container's cgroup: where it is, whether it can be had, and what is asked of it. OCI config-linux.md,
 * "Control groups". */
#include "plan/cgroup_writes.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include "base/text.h"

/* systemd's form of cgroupsPath: slice:prefix:name. */
static bool is_systemd_path(const char *path)
{
    const char *first = strchr(path, ':');
    const char *second = first != NULL ? strchr(first + 1, ':') : NULL;

    return second != NULL && strchr(second + 1, ':') == NULL && strchr(path, '/') == NULL;
}

/* own + "/" + relative, where own may be "/". relative begins with "/" and has been normalised: it cannot
 * climb out. */
static const char *join_path(struct arena *arena, const char *own, const char *relative)
{
    if (own == NULL || strcmp(own, "/") == 0)
        return relative;
    return arena_format(arena, "%s%s", own, relative);
}

/*
 * OCI: an absolute path is taken from the cgroup mount, a relative one from a place of the runtime's choice:
 * its own cgroup. Without a path root gets a cgroup of its own at the top; anybody else can make one only
 * beneath what was delegated.
 */
static int choose_path(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error)
{
    const char *configured = builder->linux_part->cgroups_path;
    const char *own = builder->facts->cgroup_own;
    struct arena *arena = builder->arena;

    if (configured == NULL || configured[0] == '\0') {
        const char *name = arena_format(arena, "/thwart-%s", builder->inputs->id);

        cgroup->optional = plan_is_rootless(builder->facts);
        cgroup->path = cgroup->optional ? join_path(arena, own, name) : name;
        return 0;
    }
    if (is_systemd_path(configured))
        return error_set(
            error, ERROR_INVALID,
            "/linux/cgroupsPath: \"%s\" is systemd's form (slice:prefix:name), and cgroups are "
            "driven by their files here: ask for --systemd-cgroup, give a path, or let the engine "
            "use its cgroupfs driver",
            configured);
    cgroup->path = container_path_normalise(arena, configured).text;
    if (configured[0] != '/')
        cgroup->path = join_path(arena, own, cgroup->path);
    if (strcmp(cgroup->path, "/") == 0)
        return error_set(error, ERROR_INVALID,
                         "/linux/cgroupsPath: \"%s\" is the root of all cgroups: name one beneath it",
                         configured);
    return 0;
}

/* Say what of the request is not done without a cgroup; limits (not device rules) stop the container unless
 * `by_choice`. */
static int give_up_cgroup(struct plan_builder *builder, struct plan_cgroup *cgroup, const char *reason,
                          bool by_choice, struct error *error)
{
    if (cgroup->write_count > 0 && !by_choice)
        return error_set(error, ERROR_UNSUPPORTED,
                         "%s: %s cannot be set: %s; leave the limit out, or have a cgroup delegated "
                         "(systemd-run --user --scope "
                         "-p Delegate=yes)",
                         cgroup->writes[0].pointer, cgroup->writes[0].file, reason);
    if (cgroup->write_count > 0)
        plan_builder_note(builder, RESOURCES, "%zu limits are left out: %s", cgroup->write_count, reason);
    if (cgroup->has_device_rules)
        plan_builder_note(builder, RESOURCES "/devices", "device rules are left out: %s", reason);
    if (!by_choice)
        plan_builder_note(builder, "/linux/cgroupsPath", "the container gets no cgroup of its own: %s",
                          reason);
    *cgroup = (struct plan_cgroup){.manager = PLAN_CGROUP_DISABLED, .mount = builder->facts->cgroup_mount};
    return 0;
}

/*
 * A device program needs CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN) in the first user namespace. In another
 * one no device node can be made either: what the container reaches are the nodes that are bound, by their
 * own permissions.
 */
static int check_device_program(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error)
{
    const struct host_facts *facts = builder->facts;

    if (!cgroup->has_device_rules)
        return 0;
    if (facts->in_user_namespace || !plan_has_capability(facts, CAP_SYS_ADMIN)) {
        plan_builder_note(builder, RESOURCES "/devices",
                          "device rules are left out: they take a BPF program, which %s",
                          facts->in_user_namespace ? "cannot be attached from a user namespace"
                                                   : "cannot be attached without CAP_SYS_ADMIN");
        cgroup->has_device_rules = false;
        cgroup->device_rules = NULL;
        cgroup->device_rule_count = 0;
        return 0;
    }
    if (!facts->has_cgroup_device_bpf)
        return error_set(
            error, ERROR_UNSUPPORTED,
            RESOURCES
            "/devices: this kernel has no device programs for cgroups (CONFIG_CGROUP_BPF): rules cannot "
            "be enforced");
    return 0;
}

static bool has_writable_cgroup_mount(const struct plan_rootfs *rootfs)
{
    for (size_t i = 0; i < rootfs->mount_count; i++)
        if (rootfs->mounts[i].kind == PLAN_MOUNT_CGROUP && !rootfs->mounts[i].read_only)
            return true;
    return false;
}

/* OCI config-linux.md, "Cgroup ownership": only with a cgroup namespace of its own and a writable cgroup
 * mount. */
static bool is_delegated(const struct plan *plan)
{
    const uint64_t wanted = (uint64_t)CLONE_NEWUSER | CLONE_NEWCGROUP;

    return (plan->namespaces.new_flags & wanted) == wanted && has_writable_cgroup_mount(&plan->rootfs);
}

/* What id 0 of the container is on the host; -1 (no change of owner) where it is mapped to nothing. */
static uint32_t host_id_of_root(const struct plan_id_mappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++)
        if (mappings->items[i].container_id == 0)
            return mappings->items[i].host_id;
    return UINT32_MAX;
}

/* Where the container's cgroup will be, or who makes it. */
static int choose_place(struct plan_builder *builder, struct plan_cgroup *cgroup, struct error *error)
{
    const struct host_facts *facts = builder->facts;

    if (cgroup->manager == PLAN_CGROUP_FILES && choose_path(builder, cgroup, error) < 0)
        return -1;
    if (facts->cgroup_layout == CGROUP_LAYOUT_NONE || facts->cgroup_mount == NULL) {
        if (!cgroup->optional)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/linux/cgroupsPath: no cgroup v2 is mounted on this host: mount one on "
                             "/sys/fs/cgroup (cgroup v1 "
                             "alone is not supported), or use --cgroup-manager=disabled");
        return give_up_cgroup(builder, cgroup, "no cgroup v2 is mounted on this host", false, error);
    }
    if (cgroup->optional && !facts->cgroup_writable)
        return give_up_cgroup(builder, cgroup, "no cgroup is delegated to this user", false, error);
    return 0;
}

int plan_build_cgroup(struct plan_builder *builder, struct error *error)
{
    const struct spec_resources *resources = builder->linux_part->resources;
    struct plan_cgroup *cgroup = &builder->plan->cgroup;

    *cgroup = (struct plan_cgroup){.manager = builder->inputs->cgroup_manager == PLAN_CGROUP_SYSTEMD
                                                  ? PLAN_CGROUP_SYSTEMD
                                                  : PLAN_CGROUP_FILES,
                                   .mount = builder->facts->cgroup_mount};
    if (resources != NULL && (plan_build_cgroup_writes(builder, resources, NULL, cgroup, error) < 0 ||
                              plan_build_device_rules(builder, resources, cgroup, error) < 0))
        return -1;
    if (builder->inputs->cgroup_manager == PLAN_CGROUP_DISABLED)
        return give_up_cgroup(builder, cgroup, "cgroups are switched off by the caller", true, error);
    if (choose_place(builder, cgroup, error) < 0)
        return -1;
    if (cgroup->manager == PLAN_CGROUP_DISABLED)
        return 0;
    cgroup->own_user_namespace_delegate = is_delegated(builder->plan);
    if (cgroup->own_user_namespace_delegate) {
        cgroup->delegate_uid = host_id_of_root(&builder->plan->namespaces.uid_mappings);
        cgroup->delegate_gid = host_id_of_root(&builder->plan->namespaces.gid_mappings);
    }
    if (check_device_program(builder, cgroup, error) < 0)
        return -1;
    return cgroup->manager == PLAN_CGROUP_SYSTEMD ? plan_build_systemd_scope(builder, cgroup, error) : 0;
}
