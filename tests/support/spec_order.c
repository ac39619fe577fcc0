/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See spec_order.h: everything but the limits of the cgroup. */
#include "spec_order.h"

#include <string.h>
#include "base/memory.h"

static bool not_within(const char **where, const char *what)
{
    *where = what;
    return false;
}

static bool holds(const struct json_strings *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], word) == 0)
            return true;
    return false;
}

static bool is_subset(const struct json_strings *less, const struct json_strings *more)
{
    for (size_t i = 0; i < less->count; i++)
        if (!holds(more, less->items[i]))
            return false;
    return true;
}

/* ---- process ---- */

static bool capabilities_within(const struct spec_capabilities *less, const struct spec_capabilities *more)
{
    static const struct spec_capabilities none;

    less = less != NULL ? less : &none;
    more = more != NULL ? more : &none;
    return is_subset(&less->bounding, &more->bounding) && is_subset(&less->effective, &more->effective) &&
           is_subset(&less->inheritable, &more->inheritable) &&
           is_subset(&less->permitted, &more->permitted) && is_subset(&less->ambient, &more->ambient);
}

static struct spec_rlimit limit_of(const struct spec_process *process, const char *type,
                                   const struct policy_host *host)
{
    for (size_t i = 0; i < process->rlimits.count; i++) {
        const struct spec_rlimit *limit = &SPEC_ITEMS(process->rlimits, struct spec_rlimit)[i];

        if (strcmp(limit->type, type) == 0)
            return *limit;
    }
    for (size_t i = 0; i < host->rlimit_count; i++)
        if (strcmp(host->rlimits[i].type, type) == 0)
            return (struct spec_rlimit){type, host->rlimits[i].hard, host->rlimits[i].soft};
    return (struct spec_rlimit){type, UINT64_MAX, UINT64_MAX};
}

static bool rlimits_within(const struct spec_process *less, const struct spec_process *more,
                           const struct policy_host *host)
{
    const struct spec_process *const both[] = {less, more};

    for (size_t i = 0; i < ARRAY_LENGTH(both); i++)
        for (size_t j = 0; j < both[i]->rlimits.count; j++) {
            const char *type = SPEC_ITEMS(both[i]->rlimits, struct spec_rlimit)[j].type;
            const struct spec_rlimit one = limit_of(less, type, host), other = limit_of(more, type, host);

            if (one.soft > other.soft || one.hard > other.hard || one.soft > one.hard)
                return false;
        }
    return true;
}

/* Some left out, the rest in the same order. */
static bool environment_within(const struct json_strings *less, const struct json_strings *more)
{
    size_t at = 0;

    for (size_t i = 0; i < less->count; i++, at++) {
        while (at < more->count && strcmp(less->items[i], more->items[at]) != 0)
            at++;
        if (at == more->count)
            return false;
    }
    return true;
}

static bool same_text(const struct text *one, const struct text *other)
{
    return one->length == other->length && memcmp(one->bytes, other->bytes, one->length) == 0;
}

bool spec_process_within(const struct spec_process *less, const struct spec_process *more,
                         const struct policy_host *host, const char **where)
{
    if (!capabilities_within(less->capabilities, more->capabilities))
        return not_within(where, "capabilities");
    if (!rlimits_within(less, more, host))
        return not_within(where, "rlimits");
    if (!environment_within(&less->environment, &more->environment))
        return not_within(where, "environment");
    if (more->no_new_privileges && !less->no_new_privileges)
        return not_within(where, "no_new_privileges");
    if (less->has_oom_score_adj != more->has_oom_score_adj ||
        (more->has_oom_score_adj && less->oom_score_adj < more->oom_score_adj))
        return not_within(where, "oomScoreAdj");
    return true;
}

bool spec_process_rest_is_same(const struct spec_process *one, const struct spec_process *other)
{
    cleanup_text struct text first = text_growing(1 << 20), second = text_growing(1 << 20);
    struct spec_process rest = *one;

    rest.capabilities = other->capabilities;
    rest.rlimits = other->rlimits;
    rest.environment = other->environment;
    rest.no_new_privileges = other->no_new_privileges;
    rest.has_no_new_privileges = other->has_no_new_privileges;
    rest.oom_score_adj = other->oom_score_adj;
    spec_encode_process(&first, &rest, 0);
    spec_encode_process(&second, other, 0);
    return same_text(&first, &second);
}

/* ---- mounts ---- */

static bool only_takes_away(const char *option)
{
    static const char *const words[] = {"ro",  "nosuid",  "nodev",  "noexec",  "nosymfollow",
                                        "rro", "rnosuid", "rnodev", "rnoexec", "rnosymfollow"};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(option, words[i]) == 0)
            return true;
    return false;
}

static bool only_gives(const char *option)
{
    static const char *const words[] = {"rw",  "suid",  "dev",  "exec",  "symfollow",
                                        "rrw", "rsuid", "rdev", "rexec", "rsymfollow"};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(option, words[i]) == 0)
            return true;
    return false;
}

static bool options_within(const struct json_strings *less, const struct json_strings *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (!only_gives(more->items[i]) && !holds(less, more->items[i]))
            return false;
    for (size_t i = 0; i < less->count; i++)
        if (!only_takes_away(less->items[i]) && !holds(more, less->items[i]))
            return false;
    return true;
}

static bool same_word(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool mounts_within(const struct spec *less, const struct spec *more)
{
    if (less->mounts.count != more->mounts.count)
        return false;
    for (size_t i = 0; i < less->mounts.count; i++) {
        const struct spec_mount *one = &SPEC_ITEMS(less->mounts, struct spec_mount)[i];
        const struct spec_mount *other = &SPEC_ITEMS(more->mounts, struct spec_mount)[i];

        if (!same_word(one->destination, other->destination) || !same_word(one->type, other->type) ||
            !same_word(one->source, other->source) || !options_within(&one->options, &other->options))
            return false;
    }
    return true;
}

/* ---- what is hidden ---- */

static bool hides(const struct json_strings *paths, const char *path)
{
    for (size_t i = 0; i < paths->count; i++) {
        size_t length = strlen(paths->items[i]);

        if (strncmp(path, paths->items[i], length) == 0 && (path[length] == '\0' || path[length] == '/'))
            return true;
    }
    return false;
}

static bool masks_within(const struct spec_linux *less, const struct spec_linux *more)
{
    for (size_t i = 0; i < more->masked_paths.count; i++)
        if (!hides(&less->masked_paths, more->masked_paths.items[i]))
            return false;
    for (size_t i = 0; i < more->readonly_paths.count; i++)
        if (!hides(&less->readonly_paths, more->readonly_paths.items[i]) &&
            !hides(&less->masked_paths, more->readonly_paths.items[i]))
            return false;
    return true;
}

/* ---- devices ---- */

struct device {
    char type;
    int64_t major, minor;
};

static bool rule_is_for(const struct spec_device_rule *rule, const struct device *device, char access)
{
    const char *letters = rule->access != NULL && rule->access[0] != '\0' ? rule->access : "rwm";

    return (rule->type == NULL || rule->type[0] == '\0' || rule->type[0] == 'a' ||
            rule->type[0] == device->type) &&
           (!rule->has_major || rule->major == -1 || rule->major == device->major) &&
           (!rule->has_minor || rule->minor == -1 || rule->minor == device->minor) &&
           strchr(letters, access) != NULL;
}

/* The last rule that speaks of it; no rules at all are no bound. */
static bool may_open(const struct json_structs *rules, const struct device *device, char access)
{
    for (size_t i = rules->count; i-- > 0;) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(*rules, struct spec_device_rule)[i];

        if (rule_is_for(rule, device, access))
            return rule->allow;
    }
    return rules->count == 0;
}

static bool device_within(const struct json_structs *less, const struct json_structs *more,
                          const struct device *device)
{
    return (!may_open(less, device, 'r') || may_open(more, device, 'r')) &&
           (!may_open(less, device, 'w') || may_open(more, device, 'w'));
}

static bool device_rules_within(const struct json_structs *less, const struct json_structs *more)
{
    static const struct device usual[] = {{'c', 1, 3},    {'c', 1, 5},    {'c', 1, 8},  {'c', 5, 0},
                                          {'c', 10, 229}, {'c', 10, 200}, {'b', 8, 0},  {'b', 8, 16},
                                          {'b', 1, 3},    {'c', 250, 7},  {'b', 250, 7}};
    const struct json_structs *const both[] = {less, more};

    for (size_t i = 0; i < ARRAY_LENGTH(usual); i++)
        if (!device_within(less, more, &usual[i]))
            return false;
    for (size_t i = 0; i < ARRAY_LENGTH(both); i++)
        for (size_t j = 0; j < both[i]->count; j++) {
            const struct spec_device_rule *rule = &SPEC_ITEMS(*both[i], struct spec_device_rule)[j];
            const struct device device = {
                rule->type != NULL && rule->type[0] == 'b' ? 'b' : 'c',
                rule->has_major && rule->major >= 0 ? rule->major : 250,
                rule->has_minor && rule->minor >= 0 ? rule->minor : 7,
            };

            if (!device_within(less, more, &device))
                return false;
        }
    return true;
}

static bool nodes_within(const struct json_structs *less, const struct json_structs *more)
{
    size_t at = 0;

    for (size_t i = 0; i < less->count; i++, at++) {
        const struct spec_device *node = &SPEC_ITEMS(*less, struct spec_device)[i];

        while (at < more->count && strcmp(SPEC_ITEMS(*more, struct spec_device)[at].path, node->path) != 0)
            at++;
        if (at == more->count)
            return false;
    }
    return true;
}

/* ---- the whole ---- */

static const struct spec_linux *linux_of(const struct spec *spec)
{
    static const struct spec_linux none;

    return spec->linux_part != NULL ? spec->linux_part : &none;
}

static const struct spec_resources *resources_of(const struct spec *spec)
{
    static const struct spec_resources none;

    return linux_of(spec)->resources != NULL ? linux_of(spec)->resources : &none;
}

/* `less`, with everything that policies may change as in `more`. */
static struct spec with_the_rest_of(const struct spec *less, const struct spec *more, struct arena *arena)
{
    struct spec rest = *less;
    struct spec_linux *linux_part = arena_allocate(arena, sizeof(*linux_part));

    *linux_part = *linux_of(less);
    linux_part->masked_paths = linux_of(more)->masked_paths;
    linux_part->readonly_paths = linux_of(more)->readonly_paths;
    linux_part->devices = linux_of(more)->devices;
    linux_part->resources = linux_of(more)->resources; /* compared by themselves */
    rest.linux_part = more->linux_part != NULL ? linux_part : NULL;
    rest.process = more->process;
    rest.root = more->root;
    rest.mounts = more->mounts;
    return rest;
}

bool spec_within(const struct spec *less, const struct spec *more, const struct policy_host *host,
                 const char **where)
{
    if ((less->process == NULL) != (more->process == NULL))
        return not_within(where, "process");
    if (less->process != NULL && !spec_process_within(less->process, more->process, host, where))
        return false;
    if (more->root != NULL && more->root->readonly && (less->root == NULL || !less->root->readonly))
        return not_within(where, "root");
    if (!mounts_within(less, more))
        return not_within(where, "mounts");
    if (!masks_within(linux_of(less), linux_of(more)))
        return not_within(where, "masked or read-only paths");
    if (!nodes_within(&linux_of(less)->devices, &linux_of(more)->devices))
        return not_within(where, "device nodes");
    if (!device_rules_within(&resources_of(less)->devices, &resources_of(more)->devices))
        return not_within(where, "device rules");
    return spec_limits_within(linux_of(less)->resources, linux_of(more)->resources, where);
}

bool spec_rest_is_same(const struct spec *one, const struct spec *other, struct arena *arena)
{
    cleanup_text struct text first = text_growing(1 << 20), second = text_growing(1 << 20);
    struct spec rest = with_the_rest_of(one, other, arena);

    spec_encode(&first, &rest, 0);
    spec_encode(&second, other, 0);
    return same_text(&first, &second) &&
           (one->process == NULL || spec_process_rest_is_same(one->process, other->process));
}
