/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See asked_paths.h. */
#include "policy/asked_paths.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "policy/device_bound.h"
#include "policy/kernel_files.h"
#include "policy/mount_request.h"
#include "policy/path_pattern.h"
#include "policy/system_directories.h"

struct asked {
    struct arena *arena;
    const struct spec *spec;
    const char *bundle;
    const char **items;
    size_t count, capacity;
};

static void ask(struct asked *asked, const char *path)
{
    if (path == NULL || path[0] != '/')
        return;
    if (asked->count == asked->capacity) {
        const char **items;

        asked->capacity = asked->capacity * 2 + 32;
        items = arena_array(asked->arena, asked->capacity, sizeof(*items));
        if (asked->count > 0)
            memcpy(items, asked->items, asked->count * sizeof(*items));
        asked->items = items;
    }
    asked->items[asked->count++] = path;
}

static int compare_strings(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static struct json_strings finish(struct asked *asked)
{
    size_t count = 0;

    if (asked->count > 1)
        qsort(asked->items, asked->count, sizeof(*asked->items), compare_strings);
    for (size_t i = 0; i < asked->count; i++)
        if (count == 0 || strcmp(asked->items[count - 1], asked->items[i]) != 0)
            asked->items[count++] = asked->items[i];
    return (struct json_strings){.items = asked->items, .count = count, .present = true};
}

/* ---- what the request names ---- */

static bool bounds_sources(const struct policy *policy)
{
    const struct policy_mounts *mounts = &policy->filesystem.mounts;

    return mounts->rule.present && (mounts->has_sources || mounts->deny.count > 0);
}

static bool bounds_masks(const struct policy *policy)
{
    return policy->filesystem.masked_paths.rule.present || policy->filesystem.readonly_paths.rule.present;
}

/* Options ask whether a source is a directory or a device; masks, what of the kernel it shows. */
static bool looks_at_sources(const struct policy *policy)
{
    return bounds_sources(policy) || bounds_masks(policy) || policy->devices.rule.present ||
           (policy->filesystem.options.rule.present && policy->filesystem.options.words.count > 0);
}

static bool some(const struct policy_set *policies, bool (*asks)(const struct policy *policy))
{
    for (size_t i = 0; i < policies->count; i++)
        if (asks(policies->items[i].policy))
            return true;
    return false;
}

static bool bounds_hooks(const struct policy *policy)
{
    return policy->hooks.rule.present;
}

static void ask_mounts(struct asked *asked)
{
    for (size_t i = 0; i < asked->spec->mounts.count; i++) {
        struct mount_request request;

        mount_request_read(&SPEC_ITEMS(asked->spec->mounts, struct spec_mount)[i], i, asked->bundle,
                           asked->arena, &request);
        for (size_t j = 0; j < request.path_count; j++)
            ask(asked, request.paths[j].path);
    }
}

static void ask_root(struct asked *asked)
{
    struct mount_path root;

    if (mount_path_of_root(asked->spec, asked->bundle, asked->arena, &root))
        ask(asked, root.path);
}

static bool has_hooks(const struct spec_hooks *hooks)
{
    return hooks != NULL && hooks->prestart.count + hooks->create_runtime.count +
                                    hooks->create_container.count + hooks->start_container.count +
                                    hooks->poststart.count + hooks->poststop.count >
                                0;
}

static void ask_hook_list(struct asked *asked, const struct json_structs *hooks)
{
    for (size_t i = 0; i < hooks->count; i++)
        ask(asked, SPEC_ITEMS(*hooks, struct spec_hook)[i].path);
}

/* Not startContainer's: they are paths in the container. */
static void ask_hooks(struct asked *asked)
{
    const struct spec_hooks *hooks = asked->spec->hooks;

    ask_hook_list(asked, &hooks->prestart);
    ask_hook_list(asked, &hooks->create_runtime);
    ask_hook_list(asked, &hooks->create_container);
    ask_hook_list(asked, &hooks->poststart);
    ask_hook_list(asked, &hooks->poststop);
}

static struct json_strings ask_request(struct asked *asked, const struct policy_set *policies)
{
    /* What the container can write to is no hook. */
    bool hooks = some(policies, bounds_hooks) && has_hooks(asked->spec->hooks);

    if (hooks || some(policies, looks_at_sources))
        ask_mounts(asked);
    if (hooks || some(policies, bounds_sources))
        ask_root(asked);
    if (hooks)
        ask_hooks(asked);
    return finish(asked);
}

/* ---- what policies name ---- */

struct named_path {
    const char *written, *resolved;
};

struct named_paths {
    struct named_path *items;
    size_t count;
};

/* The names of what the request mounts, both of each; a root file system and hooks are no sources. */
static struct named_paths names_of(const struct asked *asked, const struct policy_observed *seen)
{
    struct named_paths names = {.items = arena_array(asked->arena, seen->path_count, sizeof(*names.items))};
    struct asked mounted = {.arena = asked->arena, .spec = asked->spec, .bundle = asked->bundle};
    struct json_strings paths;

    ask_mounts(&mounted);
    paths = finish(&mounted);
    for (size_t i = 0; i < paths.count; i++) {
        const struct policy_path_fact *fact = policy_observed_path(seen, paths.items[i]);

        if (fact != NULL)
            names.items[names.count++] = (struct named_path){
                .written = container_path_normalise(asked->arena, fact->path).text,
                .resolved = fact->resolved,
            };
    }
    return names;
}

/* Words alone say yes, as for nearly all containers: then nobody needs to know where a pattern leads. */
static bool is_covered(const struct path_pattern *patterns, size_t count, const struct named_path *name)
{
    for (size_t i = 0; i < count; i++)
        if (path_pattern_covers_both(&patterns[i], name->written, name->resolved))
            return true;
    return false;
}

static void ask_places(struct asked *asked, const struct path_pattern *patterns, size_t count,
                       const struct named_paths *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (!is_covered(patterns, count, &names->items[i])) {
            for (size_t j = 0; j < count; j++)
                ask(asked, path_pattern_above(&patterns[j], asked->arena));
            return;
        }
}

static void ask_sources(struct asked *asked, const struct policy_mounts *mounts,
                        const struct named_paths *names)
{
    struct path_pattern *patterns = arena_array(asked->arena, mounts->source_count, sizeof(*patterns));

    for (size_t i = 0; i < mounts->source_count; i++)
        patterns[i] = path_pattern_read(mounts->sources[i].path, asked->arena);
    ask_places(asked, patterns, mounts->source_count, names);
}

/* A root file system may be one of them by another name. */
static void ask_system_directories(struct asked *asked)
{
    size_t count;
    const char *const *directories = system_directories(&count);
    struct mount_path root;

    for (size_t i = 0; i < count && mount_path_of_root(asked->spec, asked->bundle, asked->arena, &root); i++)
        ask(asked, directories[i]);
}

/* The path itself, and every directory above it: whoever has one of those has it. */
static void ask_denies(struct asked *asked, const struct policy_words *denies)
{
    for (size_t i = 0; i < denies->count; i++) {
        struct path_pattern pattern = path_pattern_read(denies->items[i].text, asked->arena);

        if (pattern.prefix == NULL)
            continue;
        ask(asked, pattern.prefix);
        for (size_t length = strlen(pattern.prefix); length > 1; length--)
            if (pattern.prefix[length - 1] == '/')
                ask(asked, arena_copy(asked->arena, pattern.prefix, length - 1));
        ask(asked, "/");
    }
}

static void ask_hook_patterns(struct asked *asked, const struct policy_hooks *hooks)
{
    for (size_t i = 0; i < hooks->count; i++) {
        struct path_pattern pattern = path_pattern_read(hooks->items[i].path, asked->arena);

        ask(asked, path_pattern_above(&pattern, asked->arena));
    }
}

/* Numbers of names are wanted where the request has devices, bound or made. */
static void ask_devices(struct asked *asked, const struct policy_devices *devices)
{
    for (size_t i = 0; i < devices->count; i++)
        ask(asked, device_path_to_observe(&devices->items[i], asked->arena));
}

static struct json_strings ask_policies(struct asked *asked, const struct policy_set *policies,
                                        const struct policy_observed *seen)
{
    const struct named_paths names = names_of(asked, seen);

    for (size_t i = 0; i < policies->count; i++) {
        const struct policy *policy = policies->items[i].policy;

        if (seen->path_count > 0 && bounds_sources(policy)) {
            ask_sources(asked, &policy->filesystem.mounts, &names);
            ask_denies(asked, &policy->filesystem.mounts.deny);
        }
        if (policy->devices.rule.present)
            ask_devices(asked, &policy->devices);
        if (policy->hooks.rule.present && has_hooks(asked->spec->hooks))
            ask_hook_patterns(asked, &policy->hooks);
    }
    if (some(policies, bounds_sources))
        ask_system_directories(asked);
    return finish(asked);
}

struct json_strings policy_asked_paths(const struct spec *spec, const struct policy_set *policies,
                                       const struct policy_observed *seen, const char *bundle,
                                       struct arena *arena)
{
    struct asked asked = {.arena = arena, .spec = spec, .bundle = bundle};

    return seen == NULL ? ask_request(&asked, policies) : ask_policies(&asked, policies, seen);
}

/* A tree, or a file of the kernel without its usual name. */
static bool may_bring_kernel_mounts(const struct mount_request *request,
                                    const struct policy_observed *observed)
{
    for (size_t i = 0; i < request->path_count; i++) {
        const struct policy_path_fact *fact = policy_observed_path(observed, request->paths[i].path);

        if (fact == NULL || !fact->exists)
            continue;
        if (fact->is_directory && request->kind == MOUNT_KIND_BIND && request->recursive)
            return true;
        if (fact->is_proc_or_sys && (fact->resolved == NULL || !kernel_names_path(fact->resolved)))
            return true;
    }
    return false;
}

bool policy_asks_kernel_mounts(const struct spec *spec, const struct policy_set *policies,
                               const struct policy_observed *observed, struct arena *arena)
{
    if (!some(policies, bounds_masks))
        return false;
    for (size_t i = 0; i < spec->mounts.count; i++) {
        struct mount_request request;

        mount_request_read(&SPEC_ITEMS(spec->mounts, struct spec_mount)[i], i, observed->bundle, arena,
                           &request);
        if (may_bring_kernel_mounts(&request, observed))
            return true;
    }
    return false;
}

static bool wants_digests(const struct policy *policy)
{
    for (size_t i = 0; i < policy->hooks.count; i++)
        if (policy->hooks.rule.present && policy->hooks.items[i].sha256 != NULL)
            return true;
    return false;
}

bool policy_asks_hook_digests(const struct policy_set *policies)
{
    return some(policies, wants_digests);
}

static bool names_digest(const struct policy *policy, const char *hex)
{
    for (size_t i = 0; i < policy->hooks.count; i++)
        if (policy->hooks.rule.present && policy->hooks.items[i].sha256 != NULL &&
            strcasecmp(policy->hooks.items[i].sha256, hex) == 0)
            return true;
    return false;
}

bool policy_names_hook_digest(const struct policy_set *policies, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_hex(digest, hex);
    for (size_t i = 0; i < policies->count; i++)
        if (names_digest(policies->items[i].policy, hex))
            return true;
    return false;
}

static bool bounds_namespaces(const struct policy *policy)
{
    return policy->namespaces.private_types.rule.present || policy->namespaces.join.rule.present ||
           policy->process.user.rule.present || /* a user namespace's ids are others on the host */
           policy->sysctls.rule.present || policy->process.privileged.rule.present;
}

bool policy_asks_namespaces(const struct policy_set *policies)
{
    return some(policies, bounds_namespaces);
}
