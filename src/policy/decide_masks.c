/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filesystem.maskedPaths and readonlyPaths: what must be hidden, and what must not be written to.
 *
 * A path counts as hidden when it, or a directory that it lies in, is masked; as read-only also when it is
 * hidden; but "/" covers nothing, since no process has its root under it. What is said of the kernel's files
 * (/proc, /sys) is said of them at every place where a mount of the request shows them; places that no
 * request tells of, behind links in the image or in mounts that are there already, are found when everything
 * is mounted (policy_layers.kernel_masks).
 */
#include "policy/decide_filesystem.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "policy/default_paths.h"
#include "policy/kernel_files.h"

struct masks_bound {
    struct decider *decider;
    const struct policy_paths *paths;
    const char *rule, *pointer, *what;
    bool read_only;                /* else: masked */
    struct json_strings satisfied; /* what the request masks, or also makes read-only; normalised */
    const struct kernel_place *places;
    size_t place_count;
};

static void add_normalised(struct json_strings *list, const struct json_strings *paths, struct arena *arena)
{
    for (size_t i = 0; i < paths->count; i++)
        list->items[list->count++] = container_path_normalise(arena, paths->items[i]).text;
}

static void read_request(struct masks_bound *bound)
{
    const struct spec_linux *linux_part = bound->decider->spec->linux_part;
    struct arena *arena = bound->decider->arena;

    if (linux_part == NULL)
        return;
    bound->satisfied.items =
        arena_array(arena, linux_part->masked_paths.count + linux_part->readonly_paths.count,
                    sizeof(*bound->satisfied.items));
    add_normalised(&bound->satisfied, &linux_part->masked_paths, arena);
    if (bound->read_only)
        add_normalised(&bound->satisfied, &linux_part->readonly_paths, arena);
}

static bool is_satisfied(const struct masks_bound *bound, const char *path)
{
    for (size_t i = 0; i < bound->satisfied.count; i++)
        if (strcmp(bound->satisfied.items[i], "/") != 0 && path_is_beneath(path, bound->satisfied.items[i]))
            return true;
    return false;
}

/* The request's list stays in front as it is; what policies add follows in one order, each once, so that the
 * order of policies shows nowhere. */
static void add_sorted(struct json_strings *list, size_t asked, const char *path, struct arena *arena)
{
    const char **items;
    size_t at = asked;

    while (at < list->count && strcmp(list->items[at], path) < 0)
        at++;
    if (at < list->count && strcmp(list->items[at], path) == 0)
        return;
    items = arena_array(arena, list->count + 1, sizeof(*items));
    if (at > 0)
        memcpy(items, list->items, at * sizeof(*items));
    items[at] = path;
    if (at < list->count)
        memcpy(items + at + 1, list->items + at, (list->count - at) * sizeof(*items));
    *list = (struct json_strings){.items = items, .count = list->count + 1, .present = true};
}

static void add_to_grant(const struct masks_bound *bound, const char *path)
{
    const struct spec_linux *asked = bound->decider->spec->linux_part;
    struct spec_linux *granted = decider_linux(bound->decider);

    if (bound->read_only)
        add_sorted(&granted->readonly_paths, asked != NULL ? asked->readonly_paths.count : 0, path,
                   bound->decider->arena);
    else
        add_sorted(&granted->masked_paths, asked != NULL ? asked->masked_paths.count : 0, path,
                   bound->decider->arena);
}

static void judge_path(const struct masks_bound *bound, const char *path)
{
    const struct policy_finding finding = {
        .rule = bound->rule,
        .pointer = bound->pointer,
        .subject = path,
        .requested = "as it is",
        .reason = arena_format(bound->decider->arena, "%s must be %s", path, bound->what),
    };

    if (is_satisfied(bound, path))
        return;
    if (!decide_has_mount_namespace(bound->decider)) {
        decider_refuse(bound->decider, &bound->paths->rule, &finding);
    } else if (decider_judge(bound->decider, &bound->paths->rule, &finding)) {
        add_to_grant(bound, path);
        decider_granted(bound->decider, bound->what);
    }
}

/* A remount may take back what a mount's own options say. */
static bool is_remounted(const struct masks_bound *bound, const char *destination)
{
    const struct mount_request *requests = mount_requests(bound->decider);

    for (size_t i = 0; i < bound->decider->spec->mounts.count; i++)
        if (requests[i].kind == MOUNT_KIND_REMOUNT && strcmp(requests[i].destination, destination) == 0)
            return true;
    return false;
}

static bool is_mounted_read_only(const struct masks_bound *bound, size_t index)
{
    const struct mount_request *request = &mount_requests(bound->decider)[index];

    return !mount_request_writes(request) && !is_remounted(bound, request->destination);
}

static void refuse_unknown(const struct masks_bound *bound, const struct kernel_place *place)
{
    const struct mount_request *request = &mount_requests(bound->decider)[place->mount];
    struct arena *arena = bound->decider->arena;
    const struct policy_finding finding = {
        .rule = bound->rule,
        .pointer = arena_format(arena, "/mounts/%zu/source", place->mount),
        .subject = request->destination,
        .requested = request->mount->source != NULL ? request->mount->source : "",
        .reason =
            arena_format(arena,
                         "what is mounted on %s are the kernel's own files, and nobody can tell which of "
                         "them must be %s",
                         request->destination, bound->what),
        .allow = "mount a path of /proc or /sys by its usual name",
    };

    decider_refuse(bound->decider, &bound->paths->rule, &finding);
}

/* The other names that the request gives to path. A place that shows a part of what must be hidden is hidden
 * whole. */
static void judge_elsewhere(const struct masks_bound *bound, const char *path)
{
    for (size_t i = 0; i < bound->place_count; i++) {
        const struct kernel_place *place = &bound->places[i];
        const char *other = NULL;

        if (place->shows == NULL || (bound->read_only && is_mounted_read_only(bound, place->mount)))
            continue;
        if (path_is_beneath(path, place->shows))
            other = arena_format(bound->decider->arena, "%s%s", place->place, path + strlen(place->shows));
        else if (path_is_beneath(place->shows, path))
            other = place->place;
        if (other != NULL && strcmp(other, path) != 0)
            judge_path(bound, other);
    }
}

static void add_kernel_mask(void *context, const char *type, const char *path)
{
    const struct masks_bound *bound = context;
    const struct policy_kernel_mask mask = {.type = type, .path = path, .read_only = bound->read_only};

    decider_add_kernel_mask(bound->decider, &mask);
}

static void judge_everywhere(struct masks_bound *bound, const char *path)
{
    struct policy_finding finding = {.rule = bound->rule, .pointer = bound->pointer};

    path = container_path_normalise(bound->decider->arena, path).text;
    judge_path(bound, path);
    if (!kernel_names_path(path))
        return;
    judge_elsewhere(bound, path);
    finding.subject = path;
    if (!decider_enforces(bound->decider, &bound->paths->rule, &finding))
        return;
    kernel_files_called(path, add_kernel_mask, bound);
    for (size_t i = 0; bound->decider->kernel_place == NULL && i < bound->place_count; i++)
        if (bound->places[i].shows == NULL || strcmp(bound->places[i].place, bound->places[i].shows) != 0)
            bound->decider->kernel_place = bound->places[i].place;
}

/* Nothing can lie on the root of a process: a mask there covers nothing that is reached from "/". */
static void judge_root_mask(const struct masks_bound *bound)
{
    const struct spec_linux *linux_part = bound->decider->spec->linux_part;
    struct policy_finding finding = {
        .rule = bound->rule, .pointer = bound->pointer, .subject = "/", .requested = "/"};

    finding.reason = "a mask on / hides nothing";
    finding.allow = "name in maskedPaths what is to be hidden";
    for (size_t i = 0; !bound->read_only && linux_part != NULL && i < linux_part->masked_paths.count; i++)
        if (strcmp(container_path_normalise(bound->decider->arena, linux_part->masked_paths.items[i]).text,
                   "/") == 0)
            decider_refuse(bound->decider, &bound->paths->rule, &finding);
}

static void judge_all(struct masks_bound *bound, const char *const *defaults, size_t default_count)
{
    if (!bound->paths->rule.present)
        return;
    read_request(bound);
    judge_root_mask(bound);
    bound->places = kernel_places(bound->decider, &bound->place_count);
    for (size_t i = 0; i < bound->place_count; i++)
        if (bound->places[i].shows == NULL)
            refuse_unknown(bound, &bound->places[i]);
    for (size_t i = 0; bound->paths->use_default && i < default_count; i++)
        judge_everywhere(bound, defaults[i]);
    for (size_t i = 0; i < bound->paths->paths.count; i++)
        judge_everywhere(bound, bound->paths->paths.items[i].text);
}

void decide_masked_paths(struct decider *decider, const struct policy_paths *paths)
{
    struct masks_bound bound = {.decider = decider,
                                .paths = paths,
                                .rule = "TW0407",
                                .pointer = "/linux/maskedPaths",
                                .what = "masked"};

    judge_all(&bound, policy_default_masked, policy_default_masked_count);
}

void decide_readonly_paths(struct decider *decider, const struct policy_paths *paths)
{
    struct masks_bound bound = {.decider = decider,
                                .paths = paths,
                                .rule = "TW0408",
                                .pointer = "/linux/readonlyPaths",
                                .what = "read-only",
                                .read_only = true};

    judge_all(&bound, policy_default_readonly, policy_default_readonly_count);
}
