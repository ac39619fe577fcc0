/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filesystem.maskedPaths and readonlyPaths: what must be hidden, and what must not be written to.
 *
 * A path counts as hidden when it, or a directory that it lies in, is masked; as read-only also when it is
 * hidden. The same holds for every other place where the request mounts procfs or sysfs: a second /proc
 * beside the masked one would show what the mask hides.
 */
#include "policy/decide_filesystem.h"

#include <string.h>
#include "base/memory.h"
#include "base/path.h"
#include "policy/default_paths.h"

struct masks_bound {
    struct decider *decider;
    const struct policy_paths *paths;
    const char *rule, *pointer, *what;
    bool read_only;                /* else: masked */
    struct json_strings satisfied; /* what the request masks, or also makes read-only; normalised */
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
        if (path_is_beneath(path, bound->satisfied.items[i]))
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

/* Where the request mounts another file system of the kind that `usual` ("/proc") is. */
static void judge_elsewhere(const struct masks_bound *bound, const char *path, const char *usual,
                            const char *type)
{
    const struct mount_request *requests = mount_requests(bound->decider);

    if (!path_is_beneath(path, usual) || strcmp(path, usual) == 0)
        return;
    for (size_t i = 0; i < bound->decider->spec->mounts.count; i++)
        if (strcmp(requests[i].type, type) == 0 && strcmp(requests[i].destination, usual) != 0)
            judge_path(bound, arena_format(bound->decider->arena, "%s%s", requests[i].destination,
                                           path + strlen(usual)));
}

static void judge_everywhere(const struct masks_bound *bound, const char *path)
{
    path = container_path_normalise(bound->decider->arena, path).text;
    judge_path(bound, path);
    judge_elsewhere(bound, path, "/proc", "proc");
    judge_elsewhere(bound, path, "/sys", "sysfs");
}

static void judge_all(struct masks_bound *bound, const char *const *defaults, size_t default_count)
{
    if (!bound->paths->rule.present)
        return;
    read_request(bound);
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
