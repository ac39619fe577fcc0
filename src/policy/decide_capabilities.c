/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.capabilities: a ceiling on all five sets. A set left alone would be a way around the others: what
 * is inheritable or ambient comes back at execve.
 */
#include "policy/decide_parts.h"

#include <string.h>
#include "policy/capability_sets.h"
#include "policy/words.h"

/* Without `capabilities` a container has none, and a process that joins has the container's. */
static const struct spec_capabilities *asked_capabilities(const struct decider *decider)
{
    const struct spec_process *container = decide_container_process(decider);

    if (decider->process->capabilities == NULL && container != NULL)
        return container->capabilities;
    return decider->process->capabilities;
}

static bool judge_capability(struct decider *decider, const struct policy_capabilities *rule,
                             const struct spec_capabilities *asked, const char *name)
{
    const struct policy_finding finding = {
        .rule = "TW0205",
        .pointer = decide_process_pointer(decider, "/capabilities"),
        .subject = name,
        .requested = capability_sets_of(asked, name, decider->arena),
        .reason = arena_format(decider->arena, rule->is_allow ? "%s is not allowed" : "%s is denied", name),
        .allow = rule->is_allow
                     ? NULL
                     : arena_format(decider->arena, "remove %s from process.capabilities.deny", name),
    };

    if (!decider_judge(decider, &rule->rule, &finding))
        return false;
    decider_granted(decider, "dropped");
    return true;
}

/* A name that no kernel known here has is beyond every list of what is allowed: a newer kernel may know it.
 */
static void judge_unknown(struct decider *decider, const struct policy_capabilities *rule,
                          const struct spec_capabilities *asked, struct capability_removal *removal)
{
    unsigned int number;

    for (size_t i = 0; i < CAPABILITY_SET_COUNT; i++) {
        const struct json_strings *set = capability_set(asked, i);

        for (size_t j = 0; j < set->count; j++)
            if (!policy_capability_number(set->items[j], &number) &&
                judge_capability(decider, rule, asked, set->items[j]))
                capability_removal_add_unknown(removal, set->items[j], decider->arena);
    }
}

void decide_capabilities(struct decider *decider, const struct policy_capabilities *rule)
{
    const struct spec_capabilities *asked = asked_capabilities(decider);
    struct capability_removal removal = {0};
    struct spec_process *grant;
    uint64_t beyond;

    if (!rule->rule.present || asked == NULL)
        return;
    beyond = capability_all_bits(asked) & (rule->is_allow ? ~rule->set : rule->set);
    for (unsigned int number = 0; beyond >> number != 0; number++) {
        if ((beyond >> number & 1) != 0 &&
            judge_capability(decider, rule, asked, policy_capability_name(number)))
            removal.bits |= (uint64_t)1 << number;
        if (number == 63)
            break;
    }
    if (rule->is_allow)
        judge_unknown(decider, rule, asked, &removal);
    if (removal.bits == 0 && removal.unknown_count == 0)
        return;
    grant = decider_process(decider);
    grant->capabilities = capability_sets_without(grant->capabilities != NULL ? grant->capabilities : asked,
                                                  &removal, decider->arena);
}
