/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See kernel_files.h. */
#include "policy/kernel_files.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"

static const struct {
    const char *type, *usual;
    bool whole; /* a mount of it begins at the usual place: neither a hierarchy among several nor a
                   namespace's part */
} table[] = {
    {"proc", "/proc", true},
    {"sysfs", "/sys", true},
    {"cgroup", "/sys/fs/cgroup", false}, /* either version; the request's word for both */
    {"cgroup2", "/sys/fs/cgroup", false},
    {"debugfs", "/sys/kernel/debug", true},
    {"tracefs", "/sys/kernel/tracing", true},
    {"securityfs", "/sys/kernel/security", true},
    {"configfs", "/sys/kernel/config", true},
    {"efivarfs", "/sys/firmware/efi/efivars", true},
    {"pstore", "/sys/fs/pstore", true},
    {"bpf", "/sys/fs/bpf", true},
    {"fusectl", "/sys/fs/fuse/connections", true},
    {"resctrl", "/sys/fs/resctrl", true},
    {"selinuxfs", "/sys/fs/selinux", true},
    {"smackfs", "/sys/fs/smackfs", true},
    {"binfmt_misc", "/proc/sys/fs/binfmt_misc", true},
    {"devtmpfs", "/dev", false},
};

const char *kernel_usual_place(const char *type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
        if (strcmp(table[i].type, type) == 0)
            return table[i].usual;
    return NULL;
}

bool kernel_names_path(const char *path)
{
    return path_is_beneath(path, "/proc") || path_is_beneath(path, "/sys");
}

void kernel_files_called(const char *path,
                         void (*use)(void *context, const char *type, const char *path_within), void *context)
{
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
        const char *usual = table[i].usual;

        if (!table[i].whole)
            continue;
        if (strcmp(path, usual) != 0 && path_is_beneath(path, usual))
            use(context, table[i].type, path + strlen(usual));
        else if (path_is_beneath(usual, path))
            use(context, table[i].type, "/");
    }
}

/* ---- what a request shows ---- */

struct finder {
    struct decider *decider;
    struct kernel_place *places;
    size_t count;
};

/* "/a" and "/b/c", of which "/b" is taken off; the root has no slash of its own. */
static const char *move(struct arena *arena, const char *path, const char *from, const char *to)
{
    const char *rest = strcmp(from, "/") == 0 ? path : path + strlen(from);

    if (strcmp(rest, "/") == 0)
        rest = "";
    if (rest[0] == '\0')
        return to;
    return arena_format(arena, "%s%s", strcmp(to, "/") == 0 ? "" : to, rest);
}

static void add(struct finder *finder, size_t mount, const char *place, const char *shows)
{
    finder->places[finder->count++] = (struct kernel_place){.place = place, .shows = shows, .mount = mount};
}

/* By its usual name, what is at `path` of the host, which is in this mount. */
static const char *usual_name(const struct finder *finder, const struct policy_mount_fact *mount,
                              const char *path)
{
    struct arena *arena = finder->decider->arena;
    const char *usual = kernel_usual_place(mount->type);

    if (kernel_names_path(path))
        return path;
    return usual != NULL ? move(arena, path, mount->point, move(arena, mount->root, "/", usual)) : NULL;
}

/* The last of those that go furthest is on top. */
static const struct policy_mount_fact *mount_of(const struct policy_observed *observed, const char *path)
{
    const struct policy_mount_fact *found = NULL;

    for (size_t i = 0; i < observed->kernel_mount_count; i++) {
        const struct policy_mount_fact *mount = &observed->kernel_mounts[i];

        if (path_is_beneath(path, mount->point) &&
            (found == NULL || strlen(mount->point) >= strlen(found->point)))
            found = mount;
    }
    return found;
}

/* The source itself lies among the kernel's files. */
static void add_source(struct finder *finder, size_t index, const struct mount_path *source)
{
    const char *place = mount_requests(finder->decider)[index].destination;
    const struct policy_path_fact *fact = source->fact;
    const char *path = fact != NULL && fact->resolved != NULL ? fact->resolved : source->written;
    const struct policy_mount_fact *mount;

    if (fact != NULL && fact->exists && fact->resolved == NULL) {
        if (fact->is_proc_or_sys)
            add(finder, index, place, NULL);
    } else if (kernel_names_path(path)) {
        add(finder, index, place, path);
    } else if (fact != NULL && fact->is_proc_or_sys) {
        mount = mount_of(finder->decider->observed, path);
        add(finder, index, place, mount != NULL ? usual_name(finder, mount, path) : NULL);
    }
}

/* What is mounted below the source comes with it. */
static void add_tree(struct finder *finder, size_t index, const struct mount_path *source)
{
    static const struct policy_mount_fact everywhere[] = {{"proc", "/", "/proc"}, {"sysfs", "/", "/sys"}};
    const struct policy_observed *observed = finder->decider->observed;
    bool known = observed->kernel_mounts_known;
    const struct policy_mount_fact *mounts = known ? observed->kernel_mounts : everywhere;
    size_t count = known ? observed->kernel_mount_count : ARRAY_LENGTH(everywhere);
    const char *path =
        source->fact != NULL && source->fact->resolved != NULL ? source->fact->resolved : source->written;

    for (size_t i = 0; i < count; i++)
        if (strcmp(mounts[i].point, path) != 0 && path_is_beneath(mounts[i].point, path))
            add(finder, index,
                move(finder->decider->arena, mounts[i].point, path,
                     mount_requests(finder->decider)[index].destination),
                usual_name(finder, &mounts[i], mounts[i].point));
}

static void add_request(struct finder *finder, size_t index)
{
    const struct mount_request *request = &mount_requests(finder->decider)[index];

    if (request->kind == MOUNT_KIND_FILESYSTEM || request->kind == MOUNT_KIND_CGROUP) {
        const char *usual = kernel_usual_place(request->type);

        if (usual != NULL)
            add(finder, index, request->destination, usual);
    }
    for (size_t i = 0; i < request->path_count; i++) {
        add_source(finder, index, &request->paths[i]);
        if (mount_request_has_tree(request))
            add_tree(finder, index, &request->paths[i]);
    }
}

const struct kernel_place *kernel_places(struct decider *decider, size_t *count)
{
    const struct mount_request *requests = mount_requests(decider);
    size_t room = 0, trees = decider->observed->kernel_mount_count + 2;
    struct finder finder = {.decider = decider};

    for (size_t i = 0; i < decider->spec->mounts.count; i++)
        room += 1 + requests[i].path_count * (1 + (mount_request_has_tree(&requests[i]) ? trees : 0));
    finder.places = arena_array(decider->arena, room, sizeof(*finder.places));
    for (size_t i = 0; i < decider->spec->mounts.count; i++)
        add_request(&finder, i);
    *count = finder.count;
    return finder.places;
}
