/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctls. "net.ipv4.conf.eth0/100.x" and "net/ipv4/conf/eth0.100/x" are one parameter (sysctl(8): the first
 * separator decides), so keys and patterns are compared as paths; * crosses separators.
 */
#include "policy/decide_namespaces.h"

#include <string.h>
#include "base/memory.h"
#include "policy/decide_parts.h"
#include "base/glob.h"

static const char *path_of(const struct decider *decider, const char *key)
{
    char *path = arena_string(decider->arena, key);
    size_t first = strcspn(path, "./");

    if (path[first] != '.')
        return path;
    for (char *at = path; *at != '\0'; at++)
        *at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
    return path;
}

/* The namespace that has a value of its own for it; NULL: none has (spec/validate_sysctl.c refuses those). */
static const char *namespace_of(const char *path)
{
    static const char *const ipc[] = {"kernel/msg", "kernel/sem", "kernel/shm", "kernel/auto_msgmni",
                                      "fs/mqueue/"};

    if (text_starts_with(path, "net/"))
        return "network";
    if (strcmp(path, "kernel/hostname") == 0 || strcmp(path, "kernel/domainname") == 0)
        return "uts";
    if (text_starts_with(path, "user/"))
        return "user";
    for (size_t i = 0; i < ARRAY_LENGTH(ipc); i++)
        if (text_starts_with(path, ipc[i]))
            return "ipc";
    return NULL;
}

static bool is_allowed(const struct decider *decider, const struct policy_patterns *rule, const char *path)
{
    for (size_t i = 0; i < rule->words.count; i++)
        if (glob_matches(path_of(decider, rule->words.items[i].text), path, 0))
            return true;
    return false;
}

static void judge_sysctl(struct decider *decider, const struct policy_patterns *rule,
                         const struct json_pair *pair)
{
    const char *path = path_of(decider, pair->key), *type = namespace_of(path);
    struct policy_finding finding = {
        .rule = "TW0701",
        .pointer = decide_pointer_member(decider, "/linux/sysctl", pair->key),
        .requested = pair->value,
    };

    if (!is_allowed(decider, rule, path)) {
        finding.reason = arena_format(decider->arena, "%s is not allowed", pair->key);
        decider_refuse(decider, &rule->rule, &finding);
    }
    if (type != NULL && decide_namespace_owner(decider, type) == NAMESPACE_HOST) {
        finding.rule = "TW0702";
        finding.reason = arena_format(
            decider->arena, "%s would change the host: the %s namespace is the host's", pair->key, type);
        decider_refuse(decider, &rule->rule, &finding);
    }
}

void decide_sysctls(struct decider *decider, const struct policy *policy)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;

    if (!policy->sysctls.rule.present || linux_part == NULL)
        return;
    for (size_t i = 0; i < linux_part->sysctl.count; i++)
        judge_sysctl(decider, &policy->sysctls, &linux_part->sysctl.items[i]);
}
