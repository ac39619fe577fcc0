/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes and the links in /dev. OCI config-linux.md, "Devices" and "Default Devices". */
#include "plan/builder.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include "base/memory.h"
#include "base/text.h"

enum {
    MAJOR_MAX = 0xfff, /* dev_t in the kernel: 12 bits of major, 20 of minor */
    MINOR_MAX = 0xfffff,
    DEFAULT_MODE = 0666,
};

static const struct {
    const char *path;
    uint32_t major, minor;
} default_devices[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* The specification asks for ptmx; the others are what programs expect and every runtime makes. */
static const struct plan_symlink default_symlinks[] = {
    {{"/dev/fd"}, "/proc/self/fd"},       {{"/dev/stdin"}, "/proc/self/fd/0"},
    {{"/dev/stdout"}, "/proc/self/fd/1"}, {{"/dev/stderr"}, "/proc/self/fd/2"},
    {{"/dev/core"}, "/proc/kcore"},       {{"/dev/ptmx"}, "pts/ptmx"},
};

/* The mount that is seen at a place in the end: the last on it. NULL: none. */
static const struct plan_mount *mount_at(const struct plan_rootfs *rootfs, const char *path)
{
    for (size_t i = rootfs->mount_count; i-- > 0;)
        if (rootfs->mounts[i].kind != PLAN_MOUNT_REMOUNT &&
            strcmp(rootfs->mounts[i].destination.text, path) == 0)
            return &rootfs->mounts[i];
    return NULL;
}

/* mknod(2) of devices needs CAP_MKNOD in the first user namespace. */
static bool may_make_nodes(const struct plan_builder *builder)
{
    return !builder->facts->in_user_namespace && !plan_has_user_namespace(builder->plan) &&
           plan_has_capability(builder->facts, CAP_MKNOD);
}

/* Where the host has a device of these numbers: at its usual place, else at the same path as in the
 * container. */
static const char *host_place(const struct plan_device *device)
{
    if (device->type == PLAN_DEVICE_CHARACTER)
        for (size_t i = 0; i < ARRAY_LENGTH(default_devices); i++)
            if (device->major == default_devices[i].major && device->minor == default_devices[i].minor)
                return default_devices[i].path;
    return device->path.text;
}

static void choose_making(const struct plan_builder *builder, struct plan_device *device)
{
    if (device->type == PLAN_DEVICE_FIFO || may_make_nodes(builder))
        return;
    device->bind_from_host = true;
    device->host_path = (struct host_path){host_place(device)};
}

static int read_type(const struct spec_device *from, size_t index, enum plan_device_type *type,
                     struct error *error)
{
    const char *word = from->type != NULL ? from->type : "";

    if (strcmp(word, "c") == 0 || strcmp(word, "u") == 0)
        *type = PLAN_DEVICE_CHARACTER;
    else if (strcmp(word, "b") == 0)
        *type = PLAN_DEVICE_BLOCK;
    else if (strcmp(word, "p") == 0)
        *type = PLAN_DEVICE_FIFO;
    else
        return error_set(error, ERROR_INVALID, "/linux/devices/%zu/type: \"%s\" is none of c, u, b, p", index,
                         word);
    return 0;
}

static int read_device(struct plan_builder *builder, const struct spec_device *from, size_t index,
                       struct plan_device *device, struct error *error)
{
    *device = (struct plan_device){
        .path = container_path_normalise(builder->arena, from->path),
        /* Engines pass st_mode whole: the file type is not for chmod. */
        .mode = (from->has_file_mode ? from->file_mode : DEFAULT_MODE) & 0777,
        .uid = from->uid,
        .gid = from->gid,
    };
    if (read_type(from, index, &device->type, error) < 0)
        return -1;
    if (device->type != PLAN_DEVICE_FIFO) {
        if (!from->has_major || !from->has_minor)
            return error_set(error, ERROR_INVALID, "/linux/devices/%zu: \"%s\" needs major and minor", index,
                             from->path);
        if (from->major < 0 || from->major > MAJOR_MAX || from->minor < 0 || from->minor > MINOR_MAX)
            return error_set(error, ERROR_INVALID,
                             "/linux/devices/%zu: \"%s\": the kernel has no device %lld:%lld (0..%d:0..%d)",
                             index, from->path, (long long)from->major, (long long)from->minor, MAJOR_MAX,
                             MINOR_MAX);
        device->major = (uint32_t)from->major;
        device->minor = (uint32_t)from->minor;
    }
    choose_making(builder, device);
    return 0;
}

static bool is_configured(const struct plan_device *devices, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(devices[i].path.text, path) == 0)
            return true;
    return false;
}

/* The configured devices, into devices; then the defaults that they do not replace. */
static int build_nodes(struct plan_builder *builder, struct plan_device *devices, size_t *count,
                       struct error *error)
{
    const struct spec_device *from = SPEC_ITEMS(builder->linux_part->devices, struct spec_device);
    size_t configured;

    for (size_t i = 0; i < builder->linux_part->devices.count; i++) {
        struct plan_device *device = &devices[*count];

        if (read_device(builder, &from[i], i, device, error) < 0)
            return -1;
        /* Privileged containers list the host's; a node would reach the host's terminals where the link
         * reaches the container's. */
        if (strcmp(device->path.text, "/dev/ptmx") == 0) {
            plan_builder_note(
                builder, arena_format(builder->arena, "/linux/devices/%zu", i),
                "/dev/ptmx is a link to the container's own pts/ptmx, not the configured device");
            continue;
        }
        (*count)++;
    }
    configured = *count;
    for (size_t i = 0; i < ARRAY_LENGTH(default_devices); i++) {
        struct plan_device *device = &devices[*count];

        if (is_configured(devices, configured, default_devices[i].path))
            continue;
        *device = (struct plan_device){
            .path = {default_devices[i].path},
            .type = PLAN_DEVICE_CHARACTER,
            .major = default_devices[i].major,
            .minor = default_devices[i].minor,
            .mode = DEFAULT_MODE,
            .is_default = true,
        };
        choose_making(builder, device);
        (*count)++;
    }
    return 0;
}

/* What is mounted at the place itself (a bind on /dev/ptmx) stays. */
static void build_symlinks(struct plan_builder *builder)
{
    struct plan_rootfs *rootfs = &builder->plan->rootfs;
    struct plan_symlink *symlinks =
        arena_array(builder->arena, ARRAY_LENGTH(default_symlinks), sizeof(*symlinks));

    for (size_t i = 0; i < ARRAY_LENGTH(default_symlinks); i++) {
        const char *path = default_symlinks[i].path.text;

        if (mount_at(rootfs, path) == NULL && !is_configured(rootfs->devices, rootfs->device_count, path))
            symlinks[rootfs->symlink_count++] = default_symlinks[i];
    }
    rootfs->symlinks = symlinks;
}

static bool something_is_made_beneath(const struct plan *plan, size_t index)
{
    const struct plan_rootfs *rootfs = &plan->rootfs;
    const char *place = rootfs->mounts[index].destination.text;

    for (size_t i = index + 1; i < rootfs->mount_count; i++)
        if (path_is_beneath(rootfs->mounts[i].destination.text, place) &&
            strcmp(rootfs->mounts[i].destination.text, place) != 0)
            return true;
    for (size_t i = 0; i < rootfs->device_count; i++)
        if (path_is_beneath(rootfs->devices[i].path.text, place))
            return true;
    for (size_t i = 0; i < rootfs->symlink_count; i++)
        if (path_is_beneath(rootfs->symlinks[i].path.text, place))
            return true;
    return plan->process != NULL && plan->process->terminal && path_is_beneath("/dev/console", place);
}

/* A place can be made in these; in others it is there already (sysfs) or never will be (an image that is
 * mounted read-only). */
static bool takes_new_places(const struct plan_mount *mount)
{
    return mount->kind == PLAN_MOUNT_FILESYSTEM &&
           (strcmp(mount->type, "tmpfs") == 0 || strcmp(mount->type, "ramfs") == 0);
}

/* New file systems that are to be read-only, and first need places for what comes on top of them (tmpfs on
 * /run or /dev). */
static void mark_late_read_only(struct plan *plan)
{
    struct plan_mount *mounts =
        (struct plan_mount *)(uintptr_t)plan->rootfs.mounts; /* built here, const for readers */

    for (size_t i = 0; i < plan->rootfs.mount_count; i++)
        if (takes_new_places(&mounts[i]) && (mounts[i].attributes_set & MOUNT_ATTR_RDONLY) != 0)
            mounts[i].read_only_late = something_is_made_beneath(plan, i);
}

static void note_bound_devices(struct plan_builder *builder, size_t configured)
{
    if (configured > 0 && !may_make_nodes(builder))
        plan_builder_note(
            builder, "/linux/devices",
            "device nodes cannot be made %s: the host's nodes are bound, with the host's owner and mode",
            builder->facts->in_user_namespace || plan_has_user_namespace(builder->plan)
                ? "in a user namespace"
                : "without CAP_MKNOD");
}

int plan_build_devices(struct plan_builder *builder, struct error *error)
{
    struct plan_rootfs *rootfs = &builder->plan->rootfs;
    size_t configured = builder->linux_part->devices.count;
    const struct plan_mount *dev;
    struct plan_device *devices;

    if (!rootfs->new_mount_namespace) {
        if (configured > 0)
            plan_builder_note(builder, "/linux/devices",
                              "%zu devices are left out: the container has no mount namespace of its own",
                              configured);
        return 0;
    }
    dev = mount_at(rootfs, "/dev");
    if (dev != NULL && dev->kind == PLAN_MOUNT_BIND) {
        plan_builder_note(builder, "/linux/devices",
                          "devices and links in /dev are left as they are: /dev is a bind mount of \"%s\"",
                          dev->source_path.text);
    } else {
        size_t count = 0;

        devices =
            arena_array(builder->arena, configured + ARRAY_LENGTH(default_devices) + 1, sizeof(*devices));
        if (build_nodes(builder, devices, &count, error) < 0)
            return -1;
        rootfs->devices = devices;
        rootfs->device_count = count;
        build_symlinks(builder);
        note_bound_devices(builder, configured);
    }
    mark_late_read_only(builder->plan);
    return 0;
}
