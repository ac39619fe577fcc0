/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landlock: a layer for each policy that has the section. The bundle cannot ask for any, so there is nothing
 * to compare: the kernel makes the meet, by refusing what one of the layers refuses.
 */
#include "policy/decider.h"

#include "base/memory.h"
#include "base/text.h"

enum { SUMMARY_MAX = 512, FIRST_ABI_WITH_PORTS = 4 };

static const char pointer[] = "/process";

/* What each ABI brought, for who misses it. */
static const struct {
    uint32_t abi;
    const char *what;
} steps[] = {
    {1, "files"},
    {2, "moving files between directories"},
    {3, "truncating files"},
    {4, "TCP ports"},
    {5, "ioctl on devices"},
    {6, "signals and abstract sockets"},
    {7, "denials in the audit log"},
    {9, "sockets by their paths"},
};

static const char *name_missing(struct decider *decider, uint32_t host, uint32_t wanted)
{
    char buffer[SUMMARY_MAX];
    struct text text = text_over(buffer, sizeof(buffer));

    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
        if (steps[i].abi > host && steps[i].abi <= wanted)
            text_append_format(&text, "%s%s", text.length > 0 ? ", " : "", steps[i].what);
    return arena_string(decider->arena, text.bytes);
}

static void count_words(struct text *text, const char *name, const struct policy_words *words)
{
    if (words->present)
        text_append_format(text, "; %s %zu path%s", name, words->count, words->count == 1 ? "" : "s");
}

static void list_ports(struct text *text, const char *name, bool given, const struct policy_id_range *ranges,
                       size_t count)
{
    if (!given)
        return;
    text_append_format(text, "; %s %s", name, count == 0 ? "nothing" : "");
    for (size_t i = 0; i < count; i++) {
        text_append_format(text, "%s%u", i > 0 ? " " : "", ranges[i].first);
        if (ranges[i].last != ranges[i].first)
            text_append_format(text, "-%u", ranges[i].last);
    }
}

/* "ABI 6; read 3 paths; execute 1 path; connect 443". Cut where it is longer than anybody reads. */
static const char *summarise(struct decider *decider, const struct policy_landlock *rules)
{
    char buffer[SUMMARY_MAX];
    struct text text = text_over(buffer, sizeof(buffer));

    text_append_format(&text, "ABI %u", rules->abi);
    count_words(&text, "read", &rules->read);
    count_words(&text, "write", &rules->write);
    count_words(&text, "execute", &rules->execute);
    list_ports(&text, "connect", rules->has_connect, rules->connect, rules->connect_count);
    list_ports(&text, "bind", rules->has_bind, rules->bind, rules->bind_count);
    return arena_string(decider->arena, text.bytes);
}

static void refuse(struct decider *decider, const struct policy_landlock *rules, const char *reason,
                   const char *allow)
{
    const struct policy_finding finding = {
        .rule = "TW1301",
        .pointer = pointer,
        .subject = decider->applied->policy->name,
        .reason = reason,
        .allow = allow,
    };

    decider_refuse(decider, &rules->rule, &finding);
}

/* Can the layer be had, whole or as far as the rule lets it be less? */
static bool is_supported(struct decider *decider, const struct policy_landlock *rules)
{
    const struct policy_host *host = &decider->observed->host;
    const bool unknown = rules->abi > POLICY_LANDLOCK_ABI_KNOWN;
    uint32_t abi = host->known && host->landlock_abi < POLICY_LANDLOCK_ABI_KNOWN ? host->landlock_abi
                                                                                 : POLICY_LANDLOCK_ABI_KNOWN;
    struct policy_finding finding = {
        .rule = "TW0005",
        .pointer = pointer,
        .subject = arena_format(decider->arena, "landlock of %s", decider->applied->policy->name),
        .requested = arena_format(decider->arena, "ABI %u", rules->abi),
    };

    if (rules->abi <= abi)
        return true;
    finding.granted = abi > 0 ? arena_format(decider->arena, "ABI %u", abi) : "no layer";
    if (abi == 0)
        finding.reason = "this host has no Landlock (it is not built in, or not named in the kernel's lsm=)";
    else if (unknown && abi == POLICY_LANDLOCK_ABI_KNOWN)
        finding.reason = arena_format(decider->arena, "this version of thwart knows Landlock up to ABI %d",
                                      POLICY_LANDLOCK_ABI_KNOWN);
    else
        finding.reason =
            arena_format(decider->arena, "this host's Landlock has ABI %u, which cannot bound: %s", abi,
                         name_missing(decider, abi, rules->abi));
    return decider_unsupported(decider, &rules->rule, &finding) && abi > 0;
}

void decide_landlock(struct decider *decider, const struct policy *policy)
{
    const struct policy_landlock *rules = &policy->landlock;
    const struct policy_finding finding = {
        .rule = "TW1301",
        .pointer = pointer,
        .subject = policy->name,
        .requested = "no layer",
        .reason = "what the program may reach of files and TCP ports is bounded by a layer of Landlock",
    };

    if (!rules->rule.present)
        return;
    if (rules->abi < FIRST_ABI_WITH_PORTS && (rules->has_connect || rules->has_bind)) {
        refuse(
            decider, rules,
            arena_format(decider->arena, "connect and bind need ABI 4, and the section pins %u", rules->abi),
            "pin \"abi\": 4 or a later one, or leave the ports out");
        return;
    }
    if (!is_supported(decider, rules))
        return;
    if (decider->landlock_count == POLICY_LANDLOCK_LAYERS_MAX) {
        refuse(decider, rules,
               "the kernel stacks 16 layers: 12 for policies, and 4 are left to the container's own programs",
               "put sections of several policies together into one");
        return;
    }
    if (!decider_judge(decider, &rules->rule, &finding))
        return;
    decider_granted(decider, summarise(decider, rules));
    decider_add_landlock(decider, rules);
}
