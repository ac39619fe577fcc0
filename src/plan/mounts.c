/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts, in the list's order: what kind each is, where it comes from, and which layer carries each of
 * its options. */
#include "plan/builder.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "policy/observed.h"
#include "spec/mount_options.h"

/*
 * File systems whose super block is the kernel's own or shared with other mounts (one for each namespace,
 * say): for them, and for tmpfs, which may have to be filled first, "ro" is a matter of the mount alone. For
 * all others it is passed to the file system too, as mount(8) does: a block device or an image may only be
 * readable, and must not be written to by recovery of a journal.
 */
static bool read_only_by_mount_alone(const char *type)
{
    static const char *const types[] = {
        "proc",        "sysfs",     "mqueue", "tmpfs",   "devpts",   "devtmpfs",   "ramfs",   "securityfs",
        "debugfs",     "tracefs",   "bpf",    "pstore",  "efivarfs", "configfs",   "fusectl", "hugetlbfs",
        "binfmt_misc", "selinuxfs", "cgroup", "cgroup2", "nsfs",     "rpc_pipefs", "resctrl",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static int choose_kind(const struct spec_mount *from, const struct mount_words *words, size_t index,
                       enum plan_mount_kind *kind, struct error *error)
{
    switch (mount_kind_of(from, words)) {
    case MOUNT_KIND_REMOUNT:
        *kind = PLAN_MOUNT_REMOUNT;
        return 0;
    case MOUNT_KIND_BIND:
        *kind = PLAN_MOUNT_BIND;
        return 0;
    case MOUNT_KIND_CGROUP:
        *kind = PLAN_MOUNT_CGROUP;
        return 0;
    case MOUNT_KIND_FILESYSTEM:
        *kind = PLAN_MOUNT_FILESYSTEM;
        return 0;
    case MOUNT_KIND_NOTHING:
    default:
        return error_set(
            error, ERROR_INVALID,
            "/mounts/%zu: neither a file system type nor the option \"bind\": nothing to mount at \"%s\"",
            index, from->destination);
    }
}

/* devpts: "gid=5" (tty) where no such group is mapped would fail the whole mount. */
static bool is_unmapped_group(const struct plan_builder *builder, const char *value)
{
    const struct plan_namespaces *namespaces = &builder->plan->namespaces;
    uint64_t gid;

    if (!number_unsigned(value, UINT32_MAX, &gid))
        return false;
    if ((namespaces->new_flags & (uint64_t)CLONE_NEWUSER) != 0)
        return !plan_mappings_hold(&namespaces->gid_mappings, (uint32_t)gid);
    return builder->facts->in_user_namespace && builder->facts->lowest_unmapped_gid != 0 &&
           gid >= builder->facts->lowest_unmapped_gid;
}

static void add_file_system_options(struct plan_builder *builder, const struct mount_words *words,
                                    size_t index, struct plan_mount *mount)
{
    struct plan_option *options =
        arena_array(builder->arena, words->flag_count + words->data_count + 1, sizeof(*options));
    size_t count = 0;

    if (mount->kind == PLAN_MOUNT_FILESYSTEM && mount->read_only && !read_only_by_mount_alone(mount->type))
        options[count++] = (struct plan_option){.key = "ro"};
    for (size_t i = 0; i < words->flag_count; i++)
        options[count++] = (struct plan_option){words->flags[i].key, words->flags[i].value};
    for (size_t i = 0; i < words->data_count; i++) {
        const struct mount_option *data = &words->data[i];

        if (strcmp(mount->type, "devpts") == 0 && strcmp(data->key, "gid") == 0 && data->value != NULL &&
            is_unmapped_group(builder, data->value)) {
            plan_builder_note(builder, arena_format(builder->arena, "/mounts/%zu/options", index),
                              "gid=%s is left out: the user namespace does not map that group", data->value);
            continue;
        }
        options[count++] = (struct plan_option){data->key, data->value};
    }
    mount->options = options;
    mount->option_count = count;
}

/* Binds and control groups show a file system that somebody else mounted: its own options cannot be changed
 * here. KEY=VALUE is a file system's own (mode=755) and is left out, as mount(2) does for binds, but with a
 * note; a bare word that nobody knows is more likely a misspelt "nosuid" than that, and is refused. */
static int refuse_file_system_options(struct plan_builder *builder, const struct mount_words *words,
                                      size_t index, struct plan_mount *mount, struct error *error)
{
    const char *what = mount->kind == PLAN_MOUNT_BIND ? "a bind mount" : "the cgroup file system";

    for (size_t i = 0; mount->kind == PLAN_MOUNT_BIND && i < words->data_count; i++) {
        if (words->data[i].value == NULL)
            return error_set(error, ERROR_INVALID,
                             "/mounts/%zu/options: \"%s\" is no option of a bind mount (destination \"%s\")",
                             index, words->data[i].key, mount->destination.text);
    }
    for (size_t i = 0; i < words->data_count + words->flag_count; i++) {
        const struct mount_option *option =
            i < words->data_count ? &words->data[i] : &words->flags[i - words->data_count];

        plan_builder_note(builder, arena_format(builder->arena, "/mounts/%zu/options", index),
                          "\"%s\" has no effect: %s keeps the flags of the file system that it shows",
                          option->key, what);
    }
    return 0;
}

static void set_attributes(const struct mount_words *words, struct plan_mount *mount)
{
    bool existing = mount->kind != PLAN_MOUNT_FILESYSTEM;

    mount->read_only = ((words->set | words->recursive_set) & MOUNT_ATTR_RDONLY) != 0;
    mount->attributes_set = words->set;
    mount->recursive_set = words->recursive_set;
    mount->recursive_clear = words->recursive_clear;
    if (words->has_access_time)
        mount->attributes_set |= words->access_time;
    if (words->has_recursive_access_time) {
        /* mount_setattr(2): the whole field is cleared whenever it is set. */
        mount->recursive_set |= words->recursive_access_time;
        mount->recursive_clear |= MOUNT_ATTR__ATIME;
    }
    /* A new mount starts with nothing to clear. */
    if (existing) {
        mount->attributes_clear = words->clear;
        if (words->has_access_time)
            mount->attributes_clear |= MOUNT_ATTR__ATIME;
    }
    mount->propagation = words->propagation;
    mount->propagation_count = words->propagation_count;
}

/* OCI config.md, uidMappings of mounts, and the words idmap and ridmap. */
static int set_idmap(struct plan_builder *builder, const struct spec_mount *from,
                     const struct mount_words *words, size_t index, struct plan_mount *mount,
                     struct error *error)
{
    bool given = from->uid_mappings.count > 0 || from->gid_mappings.count > 0;

    if (!words->idmap && !given)
        return 0;
    if (mount->kind != PLAN_MOUNT_BIND)
        return error_set(error, ERROR_UNSUPPORTED,
                         "/mounts/%zu: an id mapping needs a bind mount, and \"%s\" is a new %s file system",
                         index, mount->destination.text, mount->type);
    if (!builder->facts->has_idmapped_mounts)
        return error_set(error, ERROR_UNSUPPORTED,
                         "/mounts/%zu: this kernel has no id-mapped mounts (they came with Linux 5.12)",
                         index);
    mount->idmap_recursive = words->idmap_recursive;
    if (given) {
        if (from->uid_mappings.count == 0 || from->gid_mappings.count == 0)
            return error_set(error, ERROR_INVALID, "/mounts/%zu: uidMappings and gidMappings are needed both",
                             index);
        mount->idmap = PLAN_IDMAP_GIVEN;
        mount->uid_mappings = plan_builder_mappings(builder, &from->uid_mappings);
        mount->gid_mappings = plan_builder_mappings(builder, &from->gid_mappings);
        return 0;
    }
    if (words->idmap_text != NULL)
        return plan_parse_idmap(builder, words->idmap_text, index, mount, error);
    if (!plan_has_user_namespace(builder->plan))
        return error_set(
            error, ERROR_INVALID,
            "/mounts/%zu/options: \"idmap\" without uidMappings and gidMappings means the container's user "
            "namespace, and it has none: give the mappings or add the namespace",
            index);
    mount->idmap = PLAN_IDMAP_CONTAINER;
    return 0;
}

/* What a policy has decided on is mounted, or nothing is: between the two looks somebody could put another
 * thing at the source (class A of attacks). */
static void bind_decision(const struct plan_builder *builder, struct plan_mount *mount)
{
    const struct policy_observed *observed = builder->inputs->observed;
    const struct policy_path_fact *fact =
        observed != NULL ? policy_observed_path(observed, mount->source_path.text) : NULL;

    if (fact == NULL)
        return;
    mount->source_judged = true;
    mount->judged_device = fact->device;
    mount->judged_inode = fact->inode;
}

static int set_source(struct plan_builder *builder, const struct spec_mount *from, size_t index,
                      struct plan_mount *mount, struct error *error)
{
    if (mount->kind != PLAN_MOUNT_BIND) {
        mount->source = from->source;
        return 0;
    }
    if (from->source == NULL || from->source[0] == '\0')
        return error_set(error, ERROR_INVALID, "/mounts/%zu: the bind mount on \"%s\" has no source", index,
                         mount->destination.text);
    /* OCI config.md, "Mounts": relative to the bundle. */
    mount->source_path = host_path_join(builder->arena, builder->inputs->bundle.text, from->source);
    bind_decision(builder, mount);
    return 0;
}

/* SELinux has no labels for proc and sysfs, and a bind keeps the labels of what it shows. */
static void set_label(struct plan_builder *builder, struct plan_mount *mount)
{
    const char *label = builder->linux_part->mount_label;

    if (label == NULL || label[0] == '\0' || mount->kind != PLAN_MOUNT_FILESYSTEM ||
        strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0 ||
        strcmp(mount->type, "mqueue") == 0)
        return;
    for (size_t i = 0; i < mount->option_count; i++)
        if (text_ends_with(mount->options[i].key, "context"))
            return;
    mount->label = label;
}

/*
 * The kernel lets only the owner of the network namespace mount a new sysfs. Without a network namespace of
 * its own a container in a user namespace gets the host's /sys bound instead, where the kernel refuses.
 */
static bool may_need_bound_sys(const struct plan_builder *builder, const struct plan_mount *mount)
{
    return mount->kind == PLAN_MOUNT_FILESYSTEM && strcmp(mount->type, "sysfs") == 0 &&
           (builder->plan->namespaces.new_flags & CLONE_NEWNET) == 0 &&
           (plan_has_user_namespace(builder->plan) || builder->facts->in_user_namespace);
}

static const char *mount_type(const struct spec_mount *from, enum plan_mount_kind kind)
{
    if (kind == PLAN_MOUNT_BIND)
        return "bind";
    return from->type != NULL ? from->type : "none";
}

static int build_mount(struct plan_builder *builder, const struct spec_mount *from, size_t index,
                       struct plan_mount *mount, struct error *error)
{
    struct mount_words words;

    if (mount_words_read(&from->options, index, builder->arena, &words, error) < 0 ||
        choose_kind(from, &words, index, &mount->kind, error) < 0)
        return -1;
    mount->index = index;
    mount->type = mount_type(from, mount->kind);
    mount->recursive = mount_is_recursive(from, &words);
    mount->source_no_follow = words.source_no_follow;
    mount->destination = container_path_normalise(builder->arena, from->destination);
    if (strcmp(mount->destination.text, "/") == 0 && mount->kind != PLAN_MOUNT_REMOUNT)
        return error_set(
            error, ERROR_INVALID,
            "/mounts/%zu/destination: \"%s\" is the container's root itself: give another /root/path instead",
            index, from->destination);
    if (words.without_effect != NULL)
        plan_builder_note(builder, arena_format(builder->arena, "/mounts/%zu/options", index),
                          "\"%s\" has no effect: the kernel's mount interface cannot express it",
                          words.without_effect);
    if (words.copy_up && (mount->kind != PLAN_MOUNT_FILESYSTEM || strcmp(mount->type, "tmpfs") != 0))
        return error_set(error, ERROR_INVALID, "/mounts/%zu/options: \"tmpcopyup\" is for tmpfs, not for %s",
                         index, mount->type);
    mount->copy_up = words.copy_up;

    set_attributes(&words, mount);
    if (mount->kind == PLAN_MOUNT_FILESYSTEM || mount->kind == PLAN_MOUNT_REMOUNT)
        add_file_system_options(builder, &words, index, mount);
    else if (refuse_file_system_options(builder, &words, index, mount, error) < 0)
        return -1;
    if (set_source(builder, from, index, mount, error) < 0 ||
        set_idmap(builder, from, &words, index, mount, error) < 0)
        return -1;
    set_label(builder, mount);
    plan_bind_layers(builder, mount);
    mount->optional_fallback_bind_sys = may_need_bound_sys(builder, mount);
    return 0;
}

/*
 * A service manager's socket, bound where runc's users find it. Read-only: a file system's flag does not keep
 * a process from sending to a socket on it.
 */
static void add_notify_socket(struct plan_builder *builder, struct plan_mount *mount)
{
    *mount = (struct plan_mount){
        .kind = PLAN_MOUNT_BIND,
        .type = "bind",
        .source_path = {builder->inputs->notify_socket},
        .destination = {PLAN_NOTIFY_SOCKET},
        .read_only = true,
        .attributes_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
        .index = PLAN_NO_INDEX,
    };
}

int plan_build_mounts(struct plan_builder *builder, struct error *error)
{
    const struct spec *grant = builder->grant;
    struct plan_rootfs *rootfs = &builder->plan->rootfs;
    const struct spec_mount *from = SPEC_ITEMS(grant->mounts, struct spec_mount);
    bool notify = builder->inputs->notify_socket != NULL && builder->inputs->notify_socket[0] == '/';
    struct plan_mount *mounts;

    if (!rootfs->new_mount_namespace) {
        if (grant->mounts.count > 0)
            plan_builder_note(builder, "/mounts",
                              "%zu mounts are left out: the container has no mount namespace of its own",
                              grant->mounts.count);
        return 0;
    }
    mounts = arena_array(builder->arena, grant->mounts.count + 1, sizeof(*mounts));
    rootfs->mounts = mounts;
    rootfs->mount_count = grant->mounts.count;
    for (size_t i = 0; i < grant->mounts.count; i++)
        if (build_mount(builder, &from[i], i, &mounts[i], error) < 0)
            return -1;
    if (notify)
        add_notify_socket(builder, &mounts[rootfs->mount_count++]);
    return 0;
}
