/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filesystem: the root, and how mounts may spread; the other rules have files of their own. */
#include "policy/decide_filesystem.h"

#include <string.h>
#include "base/memory.h"

bool decide_has_mount_namespace(const struct decider *decider)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;

    for (size_t i = 0; linux_part != NULL && i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (strcmp(namespace->type, "mount") == 0)
            return namespace->path == NULL || namespace->path[0] == '\0';
    }
    return false;
}

static void decide_root(struct decider *decider, const struct policy_flag *flag)
{
    const struct spec_root *root = decider->spec->root;
    struct policy_finding finding = {
        .rule = "TW0401",
        .pointer = "/root/readonly",
        .requested = "writable",
        .reason = "the root file system must be read-only",
    };

    if (!flag->rule.present || !flag->value || (root != NULL && root->readonly))
        return;
    if (!decide_has_mount_namespace(decider)) {
        finding.reason = "the root file system must be read-only, which takes a mount namespace of the "
                         "container's own";
        decider_refuse(decider, &flag->rule, &finding);
    } else if (decider_judge(decider, &flag->rule, &finding)) {
        decider_root(decider)->readonly = decider_root(decider)->has_readonly = true;
        decider_granted(decider, "read-only");
    }
}

/* ---- propagation ---- */

/* How far a mount's events go: nowhere, from the host into the container, both ways. -1: no such word. */
static int propagation_reach(const char *word)
{
    static const char *const words[] = {"private", "unbindable", "slave", "shared"};
    static const int reaches[] = {0, 0, 1, 2};

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(word, words[i]) == 0 || (word[0] == 'r' && strcmp(word + 1, words[i]) == 0))
            return reaches[i];
    return -1;
}

static void judge_propagation(struct decider *decider, const struct policy_patterns *allowed,
                              const char *word, const char *pointer)
{
    struct policy_finding finding = {
        .rule = "TW0409", .pointer = pointer, .subject = word, .requested = word};
    int reach = propagation_reach(word);

    for (size_t i = 0; i < allowed->words.count; i++)
        if (reach <= propagation_reach(allowed->words.items[i].text))
            return;
    finding.reason = reach == 2   ? "mounts may not spread from the container to the host"
                     : reach == 1 ? "mounts may not spread from the host into the container"
                                  : "no propagation is allowed";
    decider_refuse(decider, &allowed->rule, &finding);
}

/* Absent is private or slave, whatever is more: nothing leaves the container. */
static void decide_propagation(struct decider *decider, const struct policy_patterns *allowed)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;
    const char *root = linux_part != NULL ? linux_part->rootfs_propagation : NULL;

    if (!allowed->rule.present)
        return;
    if (root != NULL && propagation_reach(root) >= 0)
        judge_propagation(decider, allowed, root, "/linux/rootfsPropagation");
    for (size_t i = 0; i < decider->spec->mounts.count; i++) {
        const struct mount_words *words = &mount_requests(decider)[i].words;

        for (size_t j = 0; j < words->propagation_count; j++)
            judge_propagation(decider, allowed, mount_propagation_word(words->propagation[j]),
                              arena_format(decider->arena, "/mounts/%zu/options", i));
    }
}

void decide_filesystem(struct decider *decider, const struct policy *policy)
{
    const struct policy_filesystem *filesystem = &policy->filesystem;

    decide_root(decider, &filesystem->root_readonly);
    decide_mount_options(decider, &filesystem->options);
    decide_masked_paths(decider, &filesystem->masked_paths);
    decide_readonly_paths(decider, &filesystem->readonly_paths);
    decide_propagation(decider, &filesystem->propagation);
}
