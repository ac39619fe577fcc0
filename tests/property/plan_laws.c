/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws that hold for the plan of every sample under every set of host facts: the same input gives the same
 * plan; every mount of the configuration is in it, at its place and in its turn; nothing that was asked for
 * is gone without an effect or a note; what is denied to all stays denied.
 *
 * Usage: plan_laws FACTS_DIRECTORY SAMPLES_DIRECTORY
 */
#include "../golden/golden_files.h"
#include "../golden/plan_case.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include "base/path.h"
#include "base/text.h"

static size_t plans, refusals, broken;

static void breach(const char *where, const char *law)
{
    fprintf(stderr, "%s: %s\n", where, law);
    broken++;
}

static bool has_note(const struct plan *plan, const char *pointer)
{
    for (size_t i = 0; i < plan->note_count; i++)
        if (strcmp(plan->notes[i].pointer, pointer) == 0)
            return true;
    return false;
}

/* Two builds of the same files, in two arenas, say the same in both forms. */
static void check_determinism(const char *where, struct arena *arena, const struct plan_case *first,
                              const char *config, const char *facts)
{
    cleanup_arena struct arena other = {0};
    struct plan_case second;

    plan_case_build(&other, config, facts, NULL, &second);
    if (strcmp(plan_case_text(arena, first), plan_case_text(&other, &second)) != 0)
        breach(where, "two plans of the same input differ");
    if (first->plan != NULL && strcmp(plan_case_json(arena, first), plan_case_json(&other, &second)) != 0)
        breach(where, "two JSON plans of the same input differ");
}

static void check_mounts(const char *where, struct arena *arena, const struct plan_case *built)
{
    const struct spec_mount *asked = SPEC_ITEMS(built->spec->mounts, struct spec_mount);
    const struct plan_rootfs *rootfs = &built->plan->rootfs;

    if (!rootfs->new_mount_namespace)
        return;
    if (rootfs->mount_count < built->spec->mounts.count) {
        breach(where, "a mount is missing");
        return;
    }
    for (size_t i = 0; i < built->spec->mounts.count; i++) {
        const struct plan_mount *mount = &rootfs->mounts[i];

        if (mount->index != i ||
            strcmp(mount->destination.text, container_path_normalise(arena, asked[i].destination).text) != 0)
            breach(where, "a mount is not at its place in the list");
        for (size_t j = 0; j < asked[i].options.count; j++) {
            const char *word = asked[i].options.items[j];

            if (strcmp(word, "ro") == 0 && (mount->attributes_set & MOUNT_ATTR_RDONLY) == 0)
                breach(where, "a mount lost \"ro\"");
            if (strcmp(word, "nosuid") == 0 && (mount->attributes_set & MOUNT_ATTR_NOSUID) == 0)
                breach(where, "a mount lost \"nosuid\"");
            if (strcmp(word, "nodev") == 0 && (mount->attributes_set & MOUNT_ATTR_NODEV) == 0)
                breach(where, "a mount lost \"nodev\"");
            if (strcmp(word, "noexec") == 0 && (mount->attributes_set & MOUNT_ATTR_NOEXEC) == 0)
                breach(where, "a mount lost \"noexec\"");
        }
    }
}

/* Namespaces of the request are made or joined, all of them and no others. */
static void check_namespaces(const char *where, const struct plan_case *built)
{
    const struct plan_namespaces *namespaces = &built->plan->namespaces;

    if (namespaces->count != built->spec->linux_part->namespaces.count)
        breach(where, "a namespace is missing");
    if ((namespaces->new_flags & namespaces->join_flags) != 0)
        breach(where, "a namespace is both made and joined");
    for (size_t i = 1; i < namespaces->count; i++)
        if (namespaces->items[i].flag == (uint64_t)CLONE_NEWUSER)
            breach(where, "the user namespace is not entered first");
}

/* Deny-all stays deny-all: an enforced list never begins by allowing everything, unless it says so, and what
 * is not enforced is noted. */
static void check_device_rules(const char *where, const struct plan_case *built)
{
    const struct spec_resources *resources = built->spec->linux_part->resources;
    const struct plan_cgroup *cgroup = &built->plan->cgroup;
    const struct spec_device_rule *rules;
    bool denies;

    if (resources == NULL || resources->devices.count == 0) {
        if (cgroup->has_device_rules)
            breach(where, "device rules that nobody asked for");
        return;
    }
    rules = SPEC_ITEMS(resources->devices, struct spec_device_rule);
    denies = false;
    for (size_t i = 0; i < resources->devices.count; i++)
        denies |= !rules[i].allow;
    if (denies && !cgroup->has_device_rules && !has_note(built->plan, "/linux/resources/devices"))
        breach(where, "device rules are gone without a note");
}

/* The filter's rules, masks and read-only paths are what the configuration has, in number and order. */
static void check_confinement(const char *where, const struct plan_case *built)
{
    const struct spec_linux *linux_part = built->spec->linux_part;
    const struct plan_process *process = built->plan->process;

    if (built->plan->rootfs.masked_count != linux_part->masked_paths.count ||
        built->plan->rootfs.readonly_count != linux_part->readonly_paths.count)
        breach(where, "masked or read-only paths are missing");
    if ((linux_part->seccomp != NULL) != (process != NULL && process->seccomp != NULL))
        breach(where, "the filter is missing");
    if (process == NULL)
        return;
    if (linux_part->seccomp != NULL && process->seccomp->rule_count != linux_part->seccomp->rules.count)
        breach(where, "rules of the filter are missing");
    if ((process->capabilities.effective & ~process->capabilities.permitted) != 0 ||
        (process->capabilities.ambient & ~process->capabilities.permitted) != 0 ||
        (process->capabilities.ambient & ~process->capabilities.inheritable) != 0)
        breach(where, "capability sets that the kernel would refuse");
    if (process->no_new_privileges != built->spec->process->no_new_privileges)
        breach(where, "no_new_privs differs from the configuration");
}

/* Strings in lists end with NULL, as execve and the hooks want them. */
static void check_termination(const char *where, const struct plan_case *built)
{
    const struct plan_process *process = built->plan->process;

    if (process == NULL)
        return;
    if (process->args.items[process->args.count] != NULL ||
        process->environment.items[process->environment.count] != NULL)
        breach(where, "a list without its end");
}

static void check(const char *config, const char *facts)
{
    cleanup_arena struct arena arena = {0};
    const char *where = arena_format(&arena, "%s with %s", config, facts);
    struct plan_case built;

    plan_case_build(&arena, config, facts, NULL, &built);
    check_determinism(where, &arena, &built, config, facts);
    if (built.plan == NULL) {
        refusals++;
        if (built.error.kind != ERROR_UNSUPPORTED && built.error.kind != ERROR_INVALID)
            breach(where, "refused for another reason than the request or the host");
        return;
    }
    plans++;
    check_mounts(where, &arena, &built);
    check_namespaces(where, &built);
    check_device_rules(where, &built);
    check_confinement(where, &built);
    check_termination(where, &built);
}

int main(int count, char **arguments)
{
    cleanup_arena struct arena arena = {0};
    size_t fact_count, sample_count;
    const char **facts, **samples;

    if (count != 3)
        return EXIT_FAILURE;
    facts = golden_list(&arena, arguments[1], ".json", &fact_count);
    samples = golden_list(&arena, arguments[2], ".json", &sample_count);
    for (size_t i = 0; i < sample_count; i++)
        for (size_t j = 0; j < fact_count; j++)
            check(arena_format(&arena, "%s/%s", arguments[2], samples[i]),
                  arena_format(&arena, "%s/%s", arguments[1], facts[j]));
    printf("%zu plans, %zu refusals, %zu breaches\n", plans, refusals, broken);
    return broken > 0 || plans < 300 ? EXIT_FAILURE : EXIT_SUCCESS;
}
