/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system apart from its mounts and devices: where it is, propagation, masked and read-only
 * paths. */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include "plan/kernel_words.h"
#include "policy/observed.h"
#include "policy/policy.h"

static const struct container_path *normalise_paths(struct plan_builder *builder,
                                                    const struct json_strings *paths)
{
    struct container_path *normalised;

    if (paths->count == 0)
        return NULL;
    normalised = arena_array(builder->arena, paths->count, sizeof(*normalised));
    for (size_t i = 0; i < paths->count; i++)
        normalised[i] = container_path_normalise(builder->arena, paths->items[i]);
    return normalised;
}

/*
 * What the old tree gets before the first mount. Slave unless the configuration wants events to reach the
 * host: then the trees must stay peers. Always the whole tree: a mount beneath "/" that stayed shared would
 * show the container's mounts to the host.
 */
static uint64_t old_tree_propagation(uint64_t configured)
{
    if ((configured & MS_SHARED) != 0)
        return MS_SHARED | MS_REC;
    if ((configured & MS_PRIVATE) != 0)
        return MS_PRIVATE | MS_REC;
    return MS_SLAVE | MS_REC;
}

static int build_propagation(struct plan_builder *builder, struct error *error)
{
    const char *word = builder->linux_part->rootfs_propagation;
    struct plan_rootfs *rootfs = &builder->plan->rootfs;
    uint64_t configured = 0;

    if (word != NULL && word[0] != '\0' && !kernel_word_value(&kernel_propagations, word, &configured))
        return error_set(error, ERROR_INVALID, "/linux/rootfsPropagation: \"%s\" is no propagation", word);
    rootfs->propagation = old_tree_propagation(configured);
    rootfs->final_propagation = configured;
    return 0;
}

/* Everything here acts on mounts: in a mount namespace that is not the container's own it would act on
 * others' files. */
static int refuse_without_mount_namespace(struct plan_builder *builder, struct error *error)
{
    static const char format[] =
        "%s needs a mount namespace of the container's own: add {\"type\": \"mount\"} to /linux/namespaces";
    const struct plan_rootfs *rootfs = &builder->plan->rootfs;

    if (rootfs->masked_count > 0)
        return error_set(error, ERROR_INVALID, format, "/linux/maskedPaths");
    if (rootfs->readonly_count > 0)
        return error_set(error, ERROR_INVALID, format, "/linux/readonlyPaths");
    if (rootfs->read_only)
        return error_set(error, ERROR_INVALID, format, "/root/readonly");
    return 0;
}

static void add_kernel_masks(struct plan_builder *builder)
{
    const struct policy_layers *layers = builder->inputs->layers;
    struct plan_rootfs *rootfs = &builder->plan->rootfs;
    struct plan_kernel_mask *masks;

    /* Without a mount namespace of its own there is no container's mount to cover: policies refuse that. */
    if (layers == NULL || layers->kernel_mask_count == 0 || !rootfs->new_mount_namespace)
        return;
    masks = arena_array(builder->arena, layers->kernel_mask_count, sizeof(*masks));
    for (size_t i = 0; i < layers->kernel_mask_count; i++)
        masks[i] = (struct plan_kernel_mask){
            .type = layers->kernel_masks[i].type,
            .path = layers->kernel_masks[i].path,
            .read_only = layers->kernel_masks[i].read_only,
        };
    rootfs->kernel_masks = masks;
    rootfs->kernel_mask_count = layers->kernel_mask_count;
}

static void bind_decision(const struct plan_builder *builder, struct plan_rootfs *rootfs)
{
    const struct policy_observed *observed = builder->inputs->observed;
    const struct policy_path_fact *fact =
        observed != NULL ? policy_observed_path(observed, rootfs->path.text) : NULL;

    if (observed != NULL && observed->root_proven) {
        rootfs->judged = true;
        rootfs->judged_device = observed->root_device;
        rootfs->judged_inode = observed->root_inode;
        return;
    }
    if (fact == NULL)
        return;
    rootfs->judged = true;
    rootfs->judged_device = fact->device;
    rootfs->judged_inode = fact->inode;
}

int plan_build_rootfs(struct plan_builder *builder, struct error *error)
{
    const struct spec_linux *linux_part = builder->linux_part;
    const struct spec_root *root = builder->grant->root;
    struct plan_rootfs *rootfs = &builder->plan->rootfs;

    if (root == NULL || root->path == NULL)
        return error_set(error, ERROR_INVALID, "/root: the bundle names no root file system");
    if (linux_part->mount_label != NULL && linux_part->mount_label[0] != '\0') {
        if (!builder->facts->selinux)
            return error_set(error, ERROR_UNSUPPORTED,
                             "/linux/mountLabel: SELinux is not active on this host: leave the label out or "
                             "enable SELinux");
        rootfs->mount_label = linux_part->mount_label;
    }
    rootfs->path = host_path_join(builder->arena, builder->inputs->bundle.text, root->path);
    bind_decision(builder, rootfs);
    rootfs->read_only = root->readonly;
    rootfs->no_pivot = builder->inputs->no_pivot;
    rootfs->new_mount_namespace = (builder->plan->namespaces.new_flags & CLONE_NEWNS) != 0;
    rootfs->sources_opened_early = plan_has_user_namespace(builder->plan);
    rootfs->masked = normalise_paths(builder, &linux_part->masked_paths);
    rootfs->masked_count = linux_part->masked_paths.count;
    rootfs->readonly = normalise_paths(builder, &linux_part->readonly_paths);
    rootfs->readonly_count = linux_part->readonly_paths.count;
    add_kernel_masks(builder);
    if (!rootfs->new_mount_namespace)
        return refuse_without_mount_namespace(builder, error);
    return build_propagation(builder, error);
}
