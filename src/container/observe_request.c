/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See observe_request.h. */
#include "container/observe_request.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "container/observe_user_namespace.h"
#include "linux/mountinfo.h"
#include "linux/path_facts.h"
#include "plan/kernel_words.h"
#include "policy/asked_paths.h"
#include "policy/kernel_files.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* ---- the host ---- */

/* "6.1.0-13-amd64": 6, 1. */
static void read_release(const char *release, struct policy_host *host)
{
    const char *cursor = release != NULL ? release : "";
    uint64_t major, minor;

    if (!number_scan_unsigned(&cursor, &major) || *cursor++ != '.' ||
        !number_scan_unsigned(&cursor, &minor) || major > UINT32_MAX || minor > UINT32_MAX)
        return;
    host->kernel_major = (uint32_t)major;
    host->kernel_minor = (uint32_t)minor;
}

/* What a process has whose request sets no limits. */
static void read_limits(struct policy_host *host, struct arena *arena)
{
    struct policy_rlimit_fact *facts = arena_array(arena, kernel_rlimits.count, sizeof(*facts));

    for (size_t i = 0; i < kernel_rlimits.count; i++) {
        struct rlimit limit;

        if (getrlimit((__rlimit_resource_t)kernel_rlimits.items[i].value, &limit) != 0)
            continue;
        facts[host->rlimit_count++] = (struct policy_rlimit_fact){
            .type = kernel_rlimits.items[i].word,
            .soft = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur,
            .hard = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max,
        };
    }
    host->rlimits = facts;
}

struct policy_host observe_policy_host(const struct host_facts *facts, struct arena *arena)
{
    struct policy_host host = {
        .architecture = facts->architecture,
        .landlock_abi = facts->landlock_abi,
        .apparmor = facts->apparmor,
        .selinux = facts->selinux,
        .device_program = facts->has_cgroup_device_bpf && facts->cgroup_layout != CGROUP_LAYOUT_NONE,
        .controllers = facts->cgroup_controllers,
        .rootless = facts->uid != 0 || facts->in_user_namespace,
        .hugepage_sizes = facts->hugepage_sizes,
        .known = true,
    };

    read_release(facts->kernel_release, &host);
    read_limits(&host, arena);
    return host;
}

/* ---- paths ---- */

static const char *resolved_text(const char *path, const char *resolved, struct arena *arena)
{
    if (resolved[0] == '\0')
        return NULL;
    /* Nearly all paths are what they say. Of what does not exist the rest may have "..". */
    return strcmp(path, resolved) == 0 ? path : container_path_normalise(arena, resolved).text;
}

static void take_fact(const char *path, const struct path_fact *seen, struct arena *arena,
                      struct policy_path_fact *fact)
{
    *fact = (struct policy_path_fact){
        .path = path,
        .exists = seen->exists,
        .resolved = resolved_text(path, seen->resolved, arena),
        .device = seen->device,
        .inode = seen->inode,
        .is_socket = seen->exists && S_ISSOCK(seen->mode),
        .is_directory = seen->exists && S_ISDIR(seen->mode),
        .is_device = seen->exists && (S_ISCHR(seen->mode) || S_ISBLK(seen->mode)),
        .is_proc_or_sys = seen->is_kernels,
    };
    if (!fact->is_device)
        return;
    fact->device_type = S_ISCHR(seen->mode) ? 'c' : 'b';
    fact->device_major = seen->node_major;
    fact->device_minor = seen->node_minor;
}

static int look_at_paths(const struct json_strings *paths, struct arena *arena,
                         struct policy_path_fact **facts, struct error *error)
{
    *facts = arena_array(arena, paths->count, sizeof(**facts));
    for (size_t i = 0; i < paths->count; i++) {
        struct path_fact seen;

        if (path_fact_look(paths->items[i], &seen, error) != 0)
            return -1;
        take_fact(paths->items[i], &seen, arena, &(*facts)[i]);
    }
    return 0;
}

/* ---- paths of policies: most are asked for with all that is above them ---- */

static const struct policy_path_fact *find_parent(const struct policy_observed *done, const char *path,
                                                  struct arena *arena)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash[1] == '\0')
        return NULL;
    return policy_observed_path(done, slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path)));
}

static int look_at_named_path(const char *path, const struct policy_path_fact *parent, struct arena *arena,
                              struct policy_path_fact *fact, struct error *error)
{
    struct path_fact seen;
    const char *name = strrchr(path, '/') + 1;

    if (parent == NULL || parent->resolved == NULL) {
        if (path_fact_look(path, &seen, error) != 0)
            return -1;
    } else if (!parent->exists) {
        *fact = (struct policy_path_fact){.path = path,
                                          .resolved = host_path_join(arena, parent->resolved, name).text};
        return 0;
    } else if (path_fact_look_in(parent->resolved, path, &seen, error) != 0) {
        return -1;
    }
    take_fact(path, &seen, arena, fact);
    return 0;
}

/* In their order a directory comes before what is in it. */
static int look_at_named_paths(const struct json_strings *paths, struct arena *arena,
                               struct policy_path_fact **facts, struct error *error)
{
    struct policy_observed done = {.paths_ordered = true};

    *facts = arena_array(arena, paths->count, sizeof(**facts));
    done.paths = *facts;
    for (size_t i = 0; i < paths->count; i++) {
        const struct policy_path_fact *parent = find_parent(&done, paths->items[i], arena);

        if (look_at_named_path(paths->items[i], parent, arena, &(*facts)[i], error) != 0)
            return -1;
        done.path_count = i + 1;
    }
    return 0;
}

/* Two ordered lists as one; what is in both is taken from the first. */
static void merge_facts(struct policy_observed *observed, const struct policy_path_fact *more, size_t count,
                        struct arena *arena)
{
    const struct policy_path_fact *first = observed->paths, *end = first + observed->path_count,
                                  *more_end = more + count;
    struct policy_path_fact *merged = arena_array(arena, observed->path_count + count, sizeof(*merged));
    size_t length = 0;

    while (first < end || more < more_end) {
        int order = first == end ? 1 : more == more_end ? -1 : strcmp(first->path, more->path);

        if (order == 0)
            more++;
        merged[length++] = order <= 0 ? *first++ : *more++;
    }
    observed->paths = merged;
    observed->path_count = length;
}

/* Only what is no path of the first round is looked at. */
static struct json_strings new_paths(const struct json_strings *paths, const struct policy_observed *observed,
                                     struct arena *arena)
{
    struct json_strings fresh = {.items = arena_array(arena, paths->count, sizeof(*fresh.items)),
                                 .present = true};

    for (size_t i = 0; i < paths->count; i++)
        if (policy_observed_path(observed, paths->items[i]) == NULL)
            fresh.items[fresh.count++] = paths->items[i];
    return fresh;
}

static int observe_paths(const struct spec *spec, const struct policy_set *policies, struct arena *arena,
                         struct policy_observed *observed, struct error *error)
{
    struct json_strings asked = policy_asked_paths(spec, policies, NULL, observed->bundle, arena);
    struct policy_path_fact *facts;

    if (look_at_paths(&asked, arena, &facts, error) != 0)
        return -1;
    observed->paths = facts;
    observed->path_count = asked.count;
    observed->paths_ordered = true;
    asked = policy_asked_paths(spec, policies, observed, observed->bundle, arena);
    asked = new_paths(&asked, observed, arena);
    if (asked.count == 0)
        return 0;
    if (look_at_named_paths(&asked, arena, &facts, error) != 0)
        return -1;
    merge_facts(observed, facts, asked.count, arena);
    return 0;
}

/* ---- mounts of the kernel's file systems ---- */

static void take_mount(const struct mountinfo_entry *entry, struct arena *arena, size_t *capacity,
                       struct policy_observed *observed, struct policy_mount_fact **mounts)
{
    if (kernel_usual_place(entry->type) == NULL)
        return;
    if (observed->kernel_mount_count == *capacity) {
        struct policy_mount_fact *more;

        *capacity = *capacity * 2 + 16;
        more = arena_array(arena, *capacity, sizeof(*more));
        if (observed->kernel_mount_count > 0)
            memcpy(more, *mounts, observed->kernel_mount_count * sizeof(*more));
        *mounts = more;
    }
    (*mounts)[observed->kernel_mount_count++] = (struct policy_mount_fact){
        .type = arena_string(arena, entry->type),
        .root = arena_string(arena, entry->root),
        .point = arena_string(arena, entry->mount_point),
    };
}

static int observe_kernel_mounts(struct arena *arena, struct policy_observed *observed, struct error *error)
{
    struct policy_mount_fact *mounts = NULL;
    struct mountinfo mountinfo;
    struct mountinfo_entry entry;
    size_t capacity = 0;
    int found;

    if (mountinfo_open_of(&mountinfo, getpid(), error) != 0)
        return -1;
    while ((found = mountinfo_next(&mountinfo, &entry, error)) > 0)
        take_mount(&entry, arena, &capacity, observed, &mounts);
    mountinfo_close(&mountinfo);
    observed->kernel_mounts = mounts;
    observed->kernel_mounts_known = true;
    return found;
}

/* ---- contents of hooks ---- */

static void digest_hooks(const struct json_structs *hooks, const struct policy_set *policies,
                         struct policy_observed *observed)
{
    for (size_t i = 0; i < hooks->count; i++) {
        const char *path = SPEC_ITEMS(*hooks, struct spec_hook)[i].path;
        /* Ours until it is given away. */
        struct policy_path_fact *fact =
            (struct policy_path_fact *)(uintptr_t)policy_observed_path(observed, path);
        struct path_fact seen;
        struct error refused;
        cleanup_fd int found = -1;

        if (fact == NULL || fact->has_digest || path_fact_open(path, &seen, &found, &refused) != 0 ||
            !seen.exists || seen.device != fact->device || seen.inode != fact->inode)
            continue;
        fact->has_digest = path_fact_digest(found, &seen, &fact->digest);
        fact->digest_is_named = fact->has_digest && policy_names_hook_digest(policies, &fact->digest);
    }
}

static void observe_hook_contents(const struct spec_hooks *hooks, const struct policy_set *policies,
                                  struct policy_observed *observed)
{
    if (hooks == NULL)
        return;
    digest_hooks(&hooks->prestart, policies, observed);
    digest_hooks(&hooks->create_runtime, policies, observed);
    digest_hooks(&hooks->create_container, policies, observed);
    digest_hooks(&hooks->poststart, policies, observed);
    digest_hooks(&hooks->poststop, policies, observed);
}

/* ---- namespaces ---- */

static const struct {
    const char *type, *name; /* the specification's word; as in /proc/PID/ns */
    uint64_t flag;
} kinds[] = {
    {"pid", "pid", CLONE_NEWPID},    {"network", "net", CLONE_NEWNET},      {"mount", "mnt", CLONE_NEWNS},
    {"ipc", "ipc", CLONE_NEWIPC},    {"uts", "uts", CLONE_NEWUTS},          {"user", "user", CLONE_NEWUSER},
    {"time", "time", CLONE_NEWTIME}, {"cgroup", "cgroup", CLONE_NEWCGROUP},
};

static void observe_namespace(const struct spec_namespace *namespace, struct policy_namespace_fact *fact)
{
    *fact = (struct policy_namespace_fact){.type = namespace->type, .path = namespace->path};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        struct namespace_fact seen;

        if (strcmp(kinds[i].type, namespace->type) != 0)
            continue;
        namespace_fact_look(namespace->path, kinds[i].name, kinds[i].flag, &seen);
        fact->exists = seen.exists;
        fact->is_host = seen.is_host;
        fact->is_of_type = seen.is_of_type;
        fact->device = seen.device;
        fact->inode = seen.inode;
    }
}

static void observe_namespaces(const struct spec_linux *linux_part, const struct policy_set *policies,
                               struct arena *arena, struct policy_observed *observed)
{
    struct policy_namespace_fact *facts;

    if (linux_part == NULL)
        return;
    facts = arena_array(arena, linux_part->namespaces.count, sizeof(*facts));
    for (size_t i = 0; i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (namespace->path == NULL || namespace->path[0] == '\0')
            continue;
        observe_namespace(namespace, &facts[observed->namespace_count]);
        if (strcmp(namespace->type, "user") == 0 && !observed->host.rootless && observe_asks_users(policies))
            observe_user_namespace(&facts[observed->namespace_count], arena);
        observed->namespace_count++;
    }
    observed->namespaces = facts;
}

int observe_request(const struct spec *spec, const char *bundle, const struct policy_set *policies,
                    const struct host_facts *facts, const struct json_notes *notes, struct arena *arena,
                    struct policy_observed *observed, struct error *error)
{
    *observed = (struct policy_observed){
        .bundle = bundle,
        .host = observe_policy_host(facts, arena),
        .notes = notes,
        .now_s = time(NULL),
    };
    if (observe_paths(spec, policies, arena, observed, error) != 0)
        return -1;
    if (policy_asks_kernel_mounts(spec, policies, observed, arena) &&
        observe_kernel_mounts(arena, observed, error) != 0)
        return -1;
    if (policy_asks_hook_digests(policies))
        observe_hook_contents(spec->hooks, policies, observed);
    if (policy_asks_namespaces(policies))
        observe_namespaces(spec->linux_part, policies, arena, observed);
    observe_oom_score(policies, &observed->host);
    return 0;
}
