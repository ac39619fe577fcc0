/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * namespaces. `private`: of the container alone. A path proves nothing either way: docker names its own bind
 * of the host's network for --network host, and a pod's members are joined by path; so the namespace's inode
 * decides what is the host's. One that is joined and not the host's is for `join` to allow: without `join` a
 * joined namespace is not private. Devices of the host's network in a private one are the host's as well.
 */
#include "policy/decide_namespaces.h"

#include <string.h>
#include "policy/decide_parts.h"
#include "policy/words.h"

const struct spec_namespace *decide_find_namespace(const struct spec *spec, const char *type, size_t *index)
{
    const struct spec_linux *linux_part = spec->linux_part;

    for (size_t i = 0; linux_part != NULL && i < linux_part->namespaces.count; i++) {
        const struct spec_namespace *namespace =
            &SPEC_ITEMS(linux_part->namespaces, struct spec_namespace)[i];

        if (strcmp(namespace->type, type) == 0) {
            *index = i;
            return namespace;
        }
    }
    return NULL;
}

static bool is_joined_path(const struct spec_namespace *namespace)
{
    return namespace->path != NULL && namespace->path[0] != '\0';
}

static bool names_the_host(const char *path)
{
    return text_starts_with(path, "/proc/1/") || text_starts_with(path, "/proc/self/") ||
           text_starts_with(path, "/proc/thread-self/");
}

enum namespace_owner decide_namespace_owner(const struct decider *decider, const char *type)
{
    size_t index;
    const struct spec_namespace *namespace = decide_find_namespace(decider->spec, type, &index);
    const struct policy_namespace_fact *fact;

    if (namespace == NULL)
        return NAMESPACE_HOST;
    if (!is_joined_path(namespace))
        return NAMESPACE_NEW;
    fact = policy_observed_namespace(decider->observed, type, namespace->path);
    if (fact != NULL && fact->exists)
        return fact->is_host ? NAMESPACE_HOST : NAMESPACE_JOINED;
    return names_the_host(namespace->path) ? NAMESPACE_HOST : NAMESPACE_JOINED;
}

static void refuse(struct decider *decider, const struct policy_rule *rule, const char *id, const char *type,
                   const char *reason)
{
    size_t index = 0;
    const struct spec_namespace *namespace = decide_find_namespace(decider->spec, type, &index);
    const struct policy_finding finding = {
        .rule = id,
        .pointer = namespace != NULL ? arena_format(decider->arena, "/linux/namespaces/%zu", index)
                                     : "/linux/namespaces",
        .subject = type,
        .requested = namespace == NULL           ? "none of its own"
                     : is_joined_path(namespace) ? namespace->path
                                                 : "new",
        .reason = reason,
    };

    decider_refuse(decider, rule, &finding);
}

static bool may_be_joined(const struct policy_patterns *join, const char *path)
{
    return decide_path_is_plain(path) && decide_words_match(&join->words, path, '/');
}

static void judge_joined(struct decider *decider, const struct policy_namespaces *rules, const char *type,
                         bool is_private)
{
    size_t index;
    const struct spec_namespace *namespace = decide_find_namespace(decider->spec, type, &index);

    if (namespace == NULL || !is_joined_path(namespace))
        return;
    if (rules->join.rule.present) {
        if (!may_be_joined(&rules->join, namespace->path))
            refuse(
                decider, &rules->join.rule, "TW0302", type,
                arena_format(decider->arena, "the %s namespace %s may not be joined", type, namespace->path));
    } else if (is_private) {
        refuse(decider, &rules->private_types.rule, "TW0301", type,
               arena_format(decider->arena, "the %s namespace must be the container's own, and %s is joined",
                            type, namespace->path));
    }
}

static bool holds_word(const struct policy_patterns *patterns, const char *word)
{
    for (size_t i = 0; patterns->rule.present && i < patterns->words.count; i++)
        if (strcmp(patterns->words.items[i].text, word) == 0)
            return true;
    return false;
}

/* linux.netDevices takes devices out of the host's network and puts them into the container's: a private
 * network that begins with the host's card is none. */
static void judge_net_devices(struct decider *decider, const struct policy_rule *rule)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;

    for (size_t i = 0; linux_part != NULL && i < linux_part->net_devices.count; i++) {
        const char *name = linux_part->net_devices.keys[i];
        const struct policy_finding finding = {
            .rule = "TW0301",
            .pointer = decide_pointer_member(decider, "/linux/netDevices", name),
            .subject = "network",
            .requested = name,
            .reason =
                arena_format(decider->arena,
                             "the device %s would be taken from the host's network (linux.netDevices)", name),
            .allow = "leave out linux.netDevices, or \"network\" in namespaces.private",
        };

        decider_refuse(decider, rule, &finding);
    }
}

void decide_namespaces(struct decider *decider, const struct policy *policy)
{
    const struct policy_namespaces *rules = &policy->namespaces;

    if (!rules->private_types.rule.present && !rules->join.rule.present)
        return;
    for (size_t i = 0; i < policy_namespace_words.count; i++) {
        const char *type = policy_namespace_words.items[i];
        bool is_private = holds_word(&rules->private_types, type);

        if (is_private && decide_namespace_owner(decider, type) == NAMESPACE_HOST)
            refuse(decider, &rules->private_types.rule, "TW0301", type,
                   arena_format(decider->arena, "the %s namespace is the host's", type));
        else
            judge_joined(decider, rules, type, is_private);
    }
    if (holds_word(&rules->private_types, "network"))
        judge_net_devices(decider, &rules->private_types.rule);
}
