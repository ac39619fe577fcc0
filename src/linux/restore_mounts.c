/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A restored mount table against the plan. */
#include "linux/restore_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "linux/checkpoint_mounts.h"
#include "linux/mount_attributes.h"
#include "linux/mount_syscalls.h"
#include "linux/mountinfo.h"
#include "linux/rootfs_path.h"

/* One entry of a table that was read. */
struct seen {
    uint64_t id;
    const char *device;
};

struct check {
    const struct plan *plan;
    const struct checkpoint_places *places;
    struct arena *arena;
    struct seen *seen; /* of the container, in the table's order: parents first */
    size_t seen_count, seen_capacity;
    const char **host_devices; /* of our own table */
    size_t host_count, host_capacity;
};

static int refuse(const char *mount_point, const char *why, struct error *error)
{
    return error_set(
        error, ERROR_DENIED,
        "the images hold more than the container is granted: the mount at %.200s %s; restore them with "
        "the configuration that they were dumped with",
        mount_point, why);
}

/* ---- what the plan mounts ---- */

/* Something that is mounted later lies over it, or changes it. */
static bool is_superseded(const struct plan_rootfs *plan, size_t index)
{
    const char *path = plan->mounts[index].destination.text;

    for (size_t i = index + 1; i < plan->mount_count; i++)
        if (path_is_beneath(path, plan->mounts[i].destination.text))
            return true;
    return false;
}

static int check_source(const struct plan_mount *mount, int found, struct error *error)
{
    const char *source = mount->source_path.text;
    struct stat there, here;

    if (fstat(found, &here) != 0 ||
        fstatat(AT_FDCWD, source, &there, mount->source_no_follow ? AT_SYMLINK_NOFOLLOW : 0) != 0)
        return error_system(error, errno, "compare the mount at %s with %s", mount->destination.text, source);
    if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
        return refuse(mount->destination.text, "is not of the source that the configuration names", error);
    if (mount->source_judged && (here.st_dev != mount->judged_device || here.st_ino != mount->judged_inode))
        return refuse(mount->destination.text, "is not of the source that the policy decided on", error);
    return 0;
}

static int check_planned(const struct plan_mount *mount, int root, struct error *error)
{
    static const uint64_t all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    const uint64_t wanted =
        (mount->attributes_set | mount->recursive_set | (mount->read_only ? MOUNT_ATTR_RDONLY : 0)) & all;
    cleanup_fd int found = -1;
    struct error refused = {0};
    uint64_t attributes;

    if (rootfs_path_find(root, mount->destination, true, &found, &refused) != 0) {
        if (refused.system_errno == ENOENT || refused.system_errno == ENOTDIR)
            return 0;
        *error = refused;
        return -1;
    }
    if (mount_attributes_read(found, &attributes, error) != 0)
        return error_prefix(error, "look at %s in the container", mount->destination.text);
    if ((wanted & ~attributes) != 0)
        return refuse(mount->destination.text,
                      "has not all of ro, nosuid, nodev and noexec that mounts ask for", error);
    return mount->kind == PLAN_MOUNT_BIND ? check_source(mount, found, error) : 0;
}

/* ---- what is mounted ---- */

static bool is_one_of(const struct container_path *paths, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i].text, path) == 0)
            return true;
    return false;
}

static bool is_type(const struct plan_mount *mount, const char *type)
{
    /* Version 1's name stands for either. */
    return strcmp(mount->type, type) == 0 ||
           (strcmp(mount->type, "cgroup") == 0 && strcmp(type, "cgroup2") == 0);
}

/* By a place of the plan: 1; beneath a recursive bind: 2; 0. */
static int place_of(const struct check *check, const struct mountinfo_entry *entry)
{
    int result = 0;

    for (size_t i = 0; i < check->places->count; i++) {
        const struct checkpoint_place *place = &check->places->items[i];
        const bool bind = place->mount->kind == PLAN_MOUNT_BIND;

        if (strcmp(place->path, entry->mount_point) == 0 && (bind || is_type(place->mount, entry->type)))
            return 1;
        if (bind && place->mount->recursive && path_is_beneath(entry->mount_point, place->path))
            result = 2;
    }
    return result;
}

static bool is_bound_device(const struct plan_rootfs *plan, const char *path)
{
    for (size_t i = 0; i < plan->device_count; i++)
        if (plan->devices[i].bind_from_host && strcmp(plan->devices[i].path.text, path) == 0)
            return true;
    return false;
}

/* A file system that was mounted on the host already, and no way to the kernel or to cgroups. */
static bool came_from_host(const struct check *check, const struct mountinfo_entry *entry)
{
    if (strcmp(entry->type, "cgroup2") == 0 || strcmp(entry->type, "cgroup") == 0)
        return false;
    for (size_t i = 0; i < check->host_count; i++)
        if (strcmp(check->host_devices[i], entry->device) == 0)
            return true;
    return false;
}

static const char *device_of(const struct check *check, uint64_t id)
{
    for (size_t i = 0; i < check->seen_count; i++)
        if (check->seen[i].id == id)
            return check->seen[i].device;
    return "";
}

static bool is_granted(const struct check *check, const struct mountinfo_entry *entry)
{
    const struct plan_rootfs *plan = &check->plan->rootfs;
    const char *path = entry->mount_point;

    switch (place_of(check, entry)) {
    case 1:
        return true;
    case 2:
        return came_from_host(check, entry);
    default:
        break;
    }
    if (strcmp(path, "/") == 0) /* which one is on top was compared with the plan's root */
        return true;
    if (strcmp(path, "/dev/console") == 0)
        return strcmp(entry->type, "devpts") == 0;
    if (is_bound_device(plan, path))
        return came_from_host(check, entry);
    if (is_one_of(plan->masked, plan->masked_count, path))
        return strcmp(entry->type, "proc") != 0 && strcmp(entry->type, "sysfs") != 0 &&
               (strcmp(entry->type, "tmpfs") == 0 || came_from_host(check, entry));
    return is_one_of(plan->readonly, plan->readonly_count, path) &&
           strcmp(entry->device, device_of(check, entry->parent)) == 0;
}

/* ---- tables ---- */

static void *grown(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    void *larger;

    if (count < *capacity)
        return items;
    *capacity = *capacity * 2 + 64;
    larger = arena_array(arena, *capacity, size);
    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

static int read_host(struct check *check, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    int result;

    if (mountinfo_open_of(&mountinfo, getpid(), error) != 0)
        return -1;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1) {
        check->host_devices = grown(check->arena, check->host_devices, check->host_count,
                                    &check->host_capacity, sizeof(*check->host_devices));
        check->host_devices[check->host_count++] = arena_string(check->arena, entry.device);
    }
    mountinfo_close(&mountinfo);
    return result;
}

static int check_entries(struct check *check, pid_t init, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    int result;

    if (mountinfo_open_of(&mountinfo, init, error) != 0)
        return -1;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1) {
        if (!is_granted(check, &entry)) {
            result =
                refuse(entry.mount_point,
                       arena_format(check->arena, "(%s) is not one of the configuration", entry.type), error);
            break;
        }
        check->seen =
            grown(check->arena, check->seen, check->seen_count, &check->seen_capacity, sizeof(*check->seen));
        check->seen[check->seen_count++] = (struct seen){entry.id, arena_string(check->arena, entry.device)};
    }
    mountinfo_close(&mountinfo);
    return result;
}

static int check_top(const struct plan_rootfs *plan, int root, struct error *error)
{
    struct stat there, here;

    for (size_t i = 0; i < plan->mount_count; i++)
        if (strcmp(plan->mounts[i].destination.text, "/") == 0)
            return 0; /* it is looked at like the others */
    if (fstat(root, &here) != 0 || stat(plan->path.text, &there) != 0)
        return error_system(error, errno, "compare the restored root with %s", plan->path.text);
    if (here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        return 0;
    return refuse("/", "is not the root file system that the configuration names", error);
}

int restore_mounts_check(const struct plan *plan, pid_t init, int root, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_places struct checkpoint_places places = {0};
    struct check check = {.plan = plan, .places = &places, .arena = &arena};

    if (check_top(&plan->rootfs, root, error) != 0)
        return -1;
    for (size_t i = 0; i < plan->rootfs.mount_count; i++)
        if (!is_superseded(&plan->rootfs, i) && check_planned(&plan->rootfs.mounts[i], root, error) != 0)
            return -1;
    if (checkpoint_places_find(plan, init, &places, error) != 0 || read_host(&check, error) != 0)
        return -1;
    return check_entries(&check, init, error);
}
