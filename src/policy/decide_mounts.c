/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filesystem.mounts: which file systems, and which of the host's paths, may be mounted, and how.
 *
 * A source is judged by three things: the path as written, the path that it leads to, and the object itself
 * (device and inode). What allows has to cover both paths; what denies has to meet one of the three, or
 * something beneath the source. The plan binds the decision: what is mounted is the object that was judged
 * (plan_mount.source_judged). Beyond what is looked at here: mounts that stand below a source under another
 * name, and an overlay's layers between the decision and the kernel's own look at them.
 */
#include "policy/decider.h"

#include <string.h>
#include <sys/mount.h>
#include "base/memory.h"
#include "base/path.h"
#include "policy/decide_namespaces.h"
#include "policy/kernel_files.h"
#include "policy/mount_request.h"
#include "policy/path_pattern.h"
#include "policy/system_directories.h"

/* A policy's rule with its patterns read. */
struct mounts_bound {
    struct decider *decider;
    const struct policy_mounts *mounts;
    struct path_pattern *sources, *denies;
    bool some_read_only;
};

static void read_patterns(struct mounts_bound *bound)
{
    const struct policy_mounts *mounts = bound->mounts;
    const struct policy_observed *observed = bound->decider->observed;
    struct arena *arena = bound->decider->arena;

    bound->sources = arena_array(arena, mounts->source_count, sizeof(*bound->sources));
    for (size_t i = 0; i < mounts->source_count; i++) {
        bound->sources[i] = path_pattern_read(mounts->sources[i].path, arena);
        path_pattern_resolve_above(&bound->sources[i], observed, arena);
        bound->some_read_only |= mounts->sources[i].access == POLICY_ACCESS_READ_ONLY;
    }
    bound->denies = arena_array(arena, mounts->deny.count, sizeof(*bound->denies));
    for (size_t i = 0; i < mounts->deny.count; i++) {
        bound->denies[i] = path_pattern_read(mounts->deny.items[i].text, arena);
        path_pattern_resolve_whole(&bound->denies[i], observed, arena);
    }
}

/* ---- what a path is ---- */

static const char *resolved_path(const struct mount_path *path)
{
    return path->fact != NULL ? path->fact->resolved : NULL;
}

static bool same_object(const struct policy_path_fact *one, const struct policy_path_fact *other)
{
    return one != NULL && other != NULL && one->exists && other->exists && one->device == other->device &&
           one->inode == other->inode;
}

static bool may_be_directory(const struct mount_path *path)
{
    return path->fact == NULL || !path->fact->exists || path->fact->is_directory;
}

/* The kernel's own files: what is written there changes the host. */
static bool is_kernels(const char *path)
{
    return path != NULL && kernel_names_path(path);
}

static bool names_kernel(const struct mount_path *path)
{
    return (path->fact != NULL && path->fact->is_proc_or_sys) || is_kernels(path->written) ||
           is_kernels(resolved_path(path));
}

/* "/srv/x", or "/srv/x (which is /etc)". */
static const char *describe_path(const struct mounts_bound *bound, const struct mount_path *path)
{
    const char *resolved = resolved_path(path);

    if (resolved == NULL || strcmp(resolved, path->written) == 0)
        return path->written;
    return arena_format(bound->decider->arena, "%s (which is %s)", path->written, resolved);
}

/* ---- deny ---- */

/* Is a directory above what is denied, under whatever name, the source? */
static bool is_parent_object(const struct mounts_bound *bound, const struct path_pattern *deny,
                             const struct mount_path *path)
{
    char *above;

    if (deny->prefix == NULL || path->fact == NULL || !path->fact->is_directory)
        return false;
    above = arena_string(bound->decider->arena, deny->prefix);
    for (size_t length = strlen(above); length > 0;) {
        if (same_object(path->fact, policy_observed_path(bound->decider->observed, above)))
            return true;
        while (length > 0 && above[length - 1] != '/')
            length--;
        if (length > 1)
            length--; /* the slash; that of the root stays */
        else if (strcmp(above, "/") == 0)
            return false;
        above[length] = '\0';
    }
    return false;
}

/* Does what is denied lie in the path, by one of its names? */
static bool holds_denied(const struct mounts_bound *bound, const struct path_pattern *deny,
                         const struct mount_path *path)
{
    const char *resolved = resolved_path(path);

    return may_be_directory(path) && (path_pattern_lies_beneath(deny, path->written) ||
                                      (resolved != NULL && path_pattern_lies_beneath(deny, resolved)) ||
                                      is_parent_object(bound, deny, path));
}

/* What deny says of the path: "is denied by …", or NULL: nothing. */
static const char *deny_verdict(const struct mounts_bound *bound, const struct path_pattern *deny,
                                const struct mount_path *path)
{
    const char *resolved = resolved_path(path);
    struct arena *arena = bound->decider->arena;

    if (resolved != NULL && strcmp(resolved, path->written) == 0)
        resolved = NULL; /* one name */
    if (path_pattern_covers(deny, path->written) || (resolved != NULL && path_pattern_covers(deny, resolved)))
        return arena_format(arena, "is denied by \"%s\"", deny->text);
    if (deny->whole && same_object(path->fact, policy_observed_path(bound->decider->observed, deny->prefix)))
        return arena_format(arena, "is %s by another name, which is denied", deny->prefix);
    if (holds_denied(bound, deny, path))
        return arena_format(arena, "holds what is denied by \"%s\"", deny->text);
    return NULL;
}

static const char *find_denial(const struct mounts_bound *bound, const struct mount_path *path)
{
    for (size_t i = 0; i < bound->mounts->deny.count; i++) {
        const char *verdict = deny_verdict(bound, &bound->denies[i], path);

        if (verdict != NULL)
            return verdict;
    }
    return NULL;
}

/* ---- sources ---- */

/* A pattern for everything does not mean the kernel's files: they have to be named. */
static bool names_kernel_itself(const struct path_pattern *pattern)
{
    return is_kernels(pattern->prefix) || is_kernels(pattern->resolved);
}

static bool allows(const struct path_pattern *pattern, const struct mount_path *path)
{
    if (!path_pattern_covers_both(pattern, path->written, resolved_path(path)))
        return false;
    return !names_kernel(path) || names_kernel_itself(pattern);
}

/* The widest access that a pattern gives: false when none covers the path. */
static bool find_access(const struct mounts_bound *bound, const struct mount_path *path,
                        enum policy_access *access)
{
    bool found = false;

    /* It is there, and no path leads to it: another mount namespace's file, through a link of /proc. */
    if (path->unclear || (path->fact != NULL && path->fact->exists && path->fact->resolved == NULL))
        return false;
    for (size_t i = 0; i < bound->mounts->source_count; i++) {
        if (!allows(&bound->sources[i], path))
            continue;
        if (!found || bound->mounts->sources[i].access == POLICY_ACCESS_READ_WRITE)
            *access = bound->mounts->sources[i].access;
        found = true;
        if (*access == POLICY_ACCESS_READ_WRITE)
            break;
    }
    return found;
}

static const char *why_not_a_source(const struct mounts_bound *bound, const struct mount_path *path)
{
    const char *resolved = resolved_path(path);
    struct arena *arena = bound->decider->arena;

    if (path->unclear)
        return arena_format(arena, "%s has a backslash: kernels differ in what it means", path->written);
    if (path->fact != NULL && path->fact->exists && resolved == NULL)
        return arena_format(arena, "%s leads to what no path of the host leads to", path->written);
    if (resolved != NULL && strcmp(resolved, path->written) != 0)
        return arena_format(arena, "%s leads to %s: no pattern of filesystem.mounts.sources covers both",
                            path->written, resolved);
    if (names_kernel(path))
        return arena_format(
            arena,
            "%s is the kernel's own: only a pattern of filesystem.mounts.sources that names it allows it",
            path->written);
    return arena_format(arena, "%s is covered by no pattern of filesystem.mounts.sources", path->written);
}

/* ---- judgements ---- */

static struct policy_finding draft(const struct mounts_bound *bound, const char *rule, size_t index,
                                   const char *member)
{
    return (struct policy_finding){
        .rule = rule,
        .pointer = arena_format(bound->decider->arena, "/mounts/%zu%s%s", index, member[0] != '\0' ? "/" : "",
                                member),
    };
}

static void refuse_path(const struct mounts_bound *bound, size_t index, const struct mount_path *path,
                        const char *reason)
{
    struct policy_finding finding = draft(bound, "TW0403", index, path->member);

    finding.subject = path->path;
    finding.requested = describe_path(bound, path);
    finding.reason = reason;
    decider_refuse(bound->decider, &bound->mounts->rule, &finding);
}

static void judge_writing(const struct mounts_bound *bound, size_t index, const struct mount_path *path)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    struct policy_finding finding = draft(bound, "TW0404", index, "options");
    bool top_alone = mount_words_hold(&request->words, MOUNT_ATTR_RDONLY, false);

    finding.subject = path->path;
    finding.requested = top_alone ? "read-only, but not what is mounted below" : "writable";
    finding.reason =
        arena_format(bound->decider->arena, "%s may only be mounted read-only%s", describe_path(bound, path),
                     top_alone ? ", with all that is mounted below it" : "");
    if (decider_judge(bound->decider, &bound->mounts->rule, &finding))
        decider_granted_together(bound->decider,
                                 mount_request_narrow(bound->decider, index, MOUNT_ADD_READ_ONLY));
}

static void judge_path(const struct mounts_bound *bound, size_t index, const struct mount_path *path)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    const char *denial = find_denial(bound, path);
    enum policy_access access = POLICY_ACCESS_READ_ONLY;

    if (denial != NULL) {
        refuse_path(bound, index, path,
                    arena_format(bound->decider->arena, "%s %s", describe_path(bound, path), denial));
        return;
    }
    if (!bound->mounts->has_sources)
        return;
    if (!find_access(bound, path, &access))
        refuse_path(bound, index, path, why_not_a_source(bound, path));
    else if (access == POLICY_ACCESS_READ_ONLY && !path->layer && mount_request_writes(request))
        judge_writing(bound, index, path);
}

static bool is_listed_type(const struct policy_words *types, const char *type)
{
    for (size_t i = 0; i < types->count; i++) {
        /* Either name means version 2 to the plan. */
        const char *listed = strcmp(types->items[i].text, "cgroup2") == 0 ? "cgroup" : types->items[i].text;

        if (strcmp(listed, type) == 0)
            return true;
    }
    return false;
}

static void judge_type(const struct mounts_bound *bound, size_t index)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    struct policy_finding finding;

    if (!bound->mounts->types.present || is_listed_type(&bound->mounts->types, request->type))
        return;
    finding = draft(bound, "TW0402", index, "type");
    finding.subject = request->type;
    finding.requested = request->type;
    finding.reason = arena_format(bound->decider->arena,
                                  "a mount of type \"%s\" on %s: filesystem.mounts.types does not list it",
                                  request->type, request->destination);
    decider_refuse(bound->decider, &bound->mounts->rule, &finding);
}

/*
 * A remount changes what an earlier mount made: it would give back what is taken there. Options for the file
 * system itself reach all of its mounts, the host's as well.
 */
static void judge_remount(const struct mounts_bound *bound, size_t index)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    const struct mount_words *words = &request->words;
    struct policy_finding finding;

    if (!bound->mounts->has_sources)
        return;
    if (words->data_count + words->flag_count > 0) {
        finding = draft(bound, "TW0403", index, "options");
        finding.subject = request->destination;
        finding.requested = mount_options_text(&request->mount->options, bound->decider->arena);
        finding.reason =
            arena_format(bound->decider->arena,
                         "the remount of %s would change options of a file system that the host may use too",
                         request->destination);
        decider_refuse(bound->decider, &bound->mounts->rule, &finding);
    }
    if (bound->some_read_only && ((words->clear | words->recursive_clear) & MOUNT_ATTR_RDONLY) != 0 &&
        !mount_words_hold(words, MOUNT_ATTR_RDONLY, true)) {
        finding = draft(bound, "TW0404", index, "options");
        finding.subject = request->destination;
        finding.requested = "writable";
        finding.reason = arena_format(bound->decider->arena,
                                      "the remount of %s could make writable what must be read-only",
                                      request->destination);
        if (decider_judge(bound->decider, &bound->mounts->rule, &finding))
            decider_granted_together(bound->decider,
                                     mount_request_narrow(bound->decider, index, MOUNT_ADD_READ_ONLY));
    }
}

/* ---- file systems without a source ---- */

/* Every container has one of its own, or shows the same of the host: what it may show is said by masks. */
static bool is_every_containers(const struct mounts_bound *bound, const char *type)
{
    return strcmp(type, "proc") == 0 ||
           (strcmp(type, "cgroup") == 0 && decide_namespace_owner(bound->decider, "cgroup") == NAMESPACE_NEW);
}

/*
 * sysfs, the host's cgroups, debugfs and their like have no source, and are the host's all the same: they are
 * judged by the place where the host has them. sysfs and cgroups are in every container, read-only unless a
 * pattern says "rw"; others are mounted if types name them, or a pattern does.
 */
static void judge_kernel(const struct mounts_bound *bound, size_t index)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    const char *place = kernel_usual_place(request->type), *denial;
    enum policy_access access = POLICY_ACCESS_READ_ONLY;
    struct mount_path path = {.path = place, .written = place, .member = "type"};
    bool usual = strcmp(request->type, "sysfs") == 0 || strcmp(request->type, "cgroup") == 0, found;

    if (place == NULL || is_every_containers(bound, request->type))
        return;
    path.fact = policy_observed_path(bound->decider->observed, place);
    denial = usual ? NULL : find_denial(bound, &path);
    if (denial != NULL) {
        refuse_path(bound, index, &path,
                    arena_format(bound->decider->arena, "%s, which is %s, %s", request->type, place, denial));
        return;
    }
    if (!bound->mounts->has_sources)
        return;
    found = find_access(bound, &path, &access);
    if (!found && !usual && !bound->mounts->types.present)
        refuse_path(bound, index, &path,
                    arena_format(bound->decider->arena,
                                 "%s is the host's %s: neither filesystem.mounts.types lists it nor do "
                                 "filesystem.mounts.sources cover that path",
                                 request->type, place));
    else if (access == POLICY_ACCESS_READ_ONLY && mount_request_writes(request))
        judge_writing(bound, index, &path);
}

static void judge_mount(const struct mounts_bound *bound, size_t index)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];
    struct policy_finding finding;

    judge_type(bound, index);
    if (request->unreadable != NULL) {
        finding = draft(bound, "TW0403", index, "options");
        finding.requested = mount_options_text(&request->mount->options, bound->decider->arena);
        finding.reason = request->unreadable;
        decider_refuse(bound->decider, &bound->mounts->rule, &finding);
        return;
    }
    if (request->kind == MOUNT_KIND_REMOUNT)
        judge_remount(bound, index);
    if (request->kind == MOUNT_KIND_FILESYSTEM || request->kind == MOUNT_KIND_CGROUP)
        judge_kernel(bound, index);
    for (size_t i = 0; i < request->path_count; i++)
        judge_path(bound, index, &request->paths[i]);
}

/* Why it cannot be a root file system, or NULL. */
static const char *root_verdict(const struct mounts_bound *bound, const struct mount_path *root)
{
    const struct policy_observed *observed = bound->decider->observed;
    struct arena *arena = bound->decider->arena;
    const char *directory;

    for (size_t i = 0; i < bound->mounts->deny.count; i++)
        if (holds_denied(bound, &bound->denies[i], root))
            return arena_format(arena, "holds what is denied by \"%s\"", bound->denies[i].text);
    directory = system_directory_of(observed, root);
    if (directory == NULL)
        return NULL;
    return arena_format(arena,
                        strcmp(directory, root->written) == 0 ? "is a directory of the host's own system"
                                                              : "is of the host's own system (%s)",
                        directory);
}

/*
 * The root file system is no mount source, and may lie where an engine keeps its images; but one that holds
 * what is denied, as "/" does, or that is of the host's own system, is no image (podman run --rootfs /).
 */
static void judge_root(const struct mounts_bound *bound)
{
    const struct policy_observed *observed = bound->decider->observed;
    struct arena *arena = bound->decider->arena;
    struct policy_finding finding = {.rule = "TW0403", .pointer = "/root/path"};
    struct mount_path root;
    const char *verdict;

    if ((!bound->mounts->has_sources && bound->mounts->deny.count == 0) ||
        !mount_path_of_root(bound->decider->spec, observed->bundle, arena, &root))
        return;
    root.fact = policy_observed_path(observed, root.path);
    verdict = root_verdict(bound, &root);
    if (verdict == NULL)
        return;
    finding.subject = root.path;
    finding.requested = describe_path(bound, &root);
    finding.reason = arena_format(arena, "the root file system %s %s", finding.requested, verdict);
    finding.allow = "use a directory that an image was unpacked into";
    decider_refuse(bound->decider, &bound->mounts->rule, &finding);
}

void decide_mounts(struct decider *decider, const struct policy *policy)
{
    struct mounts_bound bound = {.decider = decider, .mounts = &policy->filesystem.mounts};

    if (!bound.mounts->rule.present)
        return;
    read_patterns(&bound);
    judge_root(&bound);
    for (size_t i = 0; i < decider->spec->mounts.count; i++)
        judge_mount(&bound, i);
}
