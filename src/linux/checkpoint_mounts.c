/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts from outside, found in a container's mount table and its plan. */
#include "linux/checkpoint_mounts.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "linux/host_proc.h"
#include "linux/mountinfo.h"
#include "linux/namespaces.h"
#include "linux/rootfs_path.h"

/* ---- places ---- */

int checkpoint_places_add(struct checkpoint_places *places, const char *path, const struct plan_mount *mount,
                          struct error *error)
{
    struct checkpoint_place *more = reallocarray(places->items, places->count + 1, sizeof(*places->items));

    if (more == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    places->items = more;
    more[places->count] = (struct checkpoint_place){.path = strdup(path), .mount = mount};
    if (more[places->count].path == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    places->count++;
    return 0;
}

void checkpoint_places_free(struct checkpoint_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->items[i].path);
    free(places->items);
    *places = (struct checkpoint_places){0};
}

/* The last one that mount_point is, or lies beneath: it covers those before it. */
static const struct checkpoint_place *place_above(const struct checkpoint_places *places,
                                                  const char *mount_point)
{
    for (size_t i = places->count; i > 0; i--)
        if (path_is_beneath(mount_point, places->items[i - 1].path))
            return &places->items[i - 1];
    return NULL;
}

bool checkpoint_external_source(const struct plan *plan, const struct checkpoint_places *places,
                                const char *mount_point, char *source, size_t size)
{
    const struct checkpoint_place *place = place_above(places, mount_point);
    const uint64_t made_or_joined = plan->namespaces.new_flags | plan->namespaces.join_flags;
    const char *rest;

    if (place == NULL)
        return false;
    rest = mount_point + strlen(place->path);
    switch (place->mount->kind) {
    case PLAN_MOUNT_BIND:
        /* One that the program has made beneath is its own. */
        if (*rest != '\0' && !place->mount->recursive)
            return false;
        return text_print(source, size, "%s%s", place->mount->source_path.text, rest) == 0;
    case PLAN_MOUNT_CGROUP:
        /* In a cgroup namespace it is a file system of its own, else a part of the host's. */
        if (*rest != '\0' || (made_or_joined & CLONE_NEWCGROUP) != 0 || plan->cgroup.path == NULL)
            return false;
        return text_print(source, size, "%s%s", plan->cgroup.mount, plan->cgroup.path) == 0;
    case PLAN_MOUNT_FILESYSTEM:
    case PLAN_MOUNT_REMOUNT:
    default:
        return false;
    }
}

int checkpoint_path_of(int descriptor, const char *prefix, char path[PATH_MAX], struct error *error)
{
    char link[HOST_PROC_DESCRIPTOR_PATH_SIZE], whole[PATH_MAX];
    size_t length = strlen(prefix);
    ssize_t got;

    if (host_proc_require(error) != 0)
        return -1;
    host_proc_descriptor_path(link, descriptor, NULL);
    got = readlink(link, whole, sizeof(whole) - 1);
    if (got < 0)
        return error_system(error, errno, "find the path of a mount");
    whole[got] = '\0';
    if (strncmp(whole, prefix, length) != 0 || (whole[length] != '\0' && whole[length] != '/'))
        return error_set(error, ERROR_SYSTEM, "%s does not lie beneath %s", whole, prefix);
    return text_print(path, PATH_MAX, "%s", whole[length] == '\0' ? "/" : whole + length);
}

/* ---- a running container ---- */

int checkpoint_places_find(const struct plan *plan, pid_t pid, struct checkpoint_places *places,
                           struct error *error)
{
    cleanup_fd int root = -1;

    if (namespaces_open_root(pid, &root, error) != 0)
        return -1;
    for (size_t i = 0; i < plan->rootfs.mount_count; i++) {
        const struct plan_mount *mount = &plan->rootfs.mounts[i];
        cleanup_fd int found = -1;
        char path[PATH_MAX];

        /* One that the program has unmounted, and its place with it, is nowhere. */
        if (mount->kind == PLAN_MOUNT_REMOUNT ||
            rootfs_path_find(root, mount->destination, true, &found, NULL) != 0)
            continue;
        if (checkpoint_path_of(found, "", path, error) != 0 ||
            checkpoint_places_add(places, path, mount, error) != 0)
            return -1;
    }
    return 0;
}

/* File systems that are mounted as a whole: of these CRIU makes other mounts by itself. */
struct devices {
    char (*items)[MOUNTINFO_DEVICE_SIZE];
    size_t count;
};

static void devices_free(struct devices *devices)
{
    free(devices->items);
}

static bool devices_have(const struct devices *devices, const char *device)
{
    for (size_t i = 0; i < devices->count; i++)
        if (strcmp(devices->items[i], device) == 0)
            return true;
    return false;
}

static int devices_add(struct devices *devices, const char *device, struct error *error)
{
    void *more;

    if (devices_have(devices, device))
        return 0;
    more = reallocarray(devices->items, devices->count + 1, sizeof(*devices->items));
    if (more == NULL)
        return error_set(error, ERROR_LIMIT, "memory is exhausted");
    devices->items = more;
    return text_print(devices->items[devices->count++], MOUNTINFO_DEVICE_SIZE, "%s", device);
}

struct search {
    const struct plan *plan;
    struct checkpoint_places places;
    struct devices whole;
    struct message *message;
};

static bool is_external(const struct search *search, const struct mountinfo_entry *entry)
{
    char source[PATH_MAX];

    return checkpoint_external_source(search->plan, &search->places, entry->mount_point, source,
                                      sizeof(source));
}

static int note_whole(struct search *search, const struct mountinfo_entry *entry, struct error *error)
{
    const bool root = strcmp(entry->mount_point, "/") == 0;

    if (!root && (strcmp(entry->root, "/") != 0 || is_external(search, entry)))
        return 0;
    return devices_add(&search->whole, entry->device, error);
}

/* A part of a file system that the container does not have as a whole: the host's null device over a masked
 * file, a device node that was bound. Seen from outside of its cgroup namespace, a cgroup tree that is whole
 * looks like a part. */
static bool is_part_of_another(const struct search *search, const struct mountinfo_entry *entry)
{
    return strcmp(entry->root, "/") != 0 && strcmp(entry->type, "cgroup2") != 0 &&
           !devices_have(&search->whole, entry->device);
}

static int add_external(struct search *search, const struct mountinfo_entry *entry, struct error *error)
{
    (void)error;
    if (strcmp(entry->mount_point, "/") == 0)
        return 0;
    if (!is_external(search, entry) && !is_part_of_another(search, entry))
        return 0;
    message_add(search->message, "mount", entry->mount_point);
    message_add(search->message, "source", entry->mount_point);
    return 0;
}

static int for_each_mount(pid_t pid, struct search *search,
                          int (*look)(struct search *, const struct mountinfo_entry *, struct error *),
                          struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    int result;

    if (mountinfo_open_of(&mountinfo, pid, error) != 0)
        return -1;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1)
        if (look(search, &entry, error) != 0) {
            result = -1;
            break;
        }
    mountinfo_close(&mountinfo);
    return result;
}

int checkpoint_mounts_of(const struct plan *plan, pid_t pid, struct message *message, struct error *error)
{
    struct search search = {.plan = plan, .message = message};
    int result = -1;

    if (!plan->rootfs.new_mount_namespace)
        return 0;
    if (checkpoint_places_find(plan, pid, &search.places, error) == 0 &&
        for_each_mount(pid, &search, note_whole, error) == 0)
        result = for_each_mount(pid, &search, add_external, error);
    checkpoint_places_free(&search.places);
    devices_free(&search.whole);
    return result;
}

int checkpoint_mount_is_inside(pid_t pid, uint64_t id, struct error *error)
{
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    int result;

    if (mountinfo_open_of(&mountinfo, pid, error) != 0)
        return -1;
    while ((result = mountinfo_next(&mountinfo, &entry, error)) == 1)
        if (entry.id == id)
            break;
    mountinfo_close(&mountinfo);
    return result;
}
