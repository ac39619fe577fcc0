/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process.environment: names that must not be there. A value is never part of a finding: it may be the secret
 * itself, and findings are logged. */
#include "policy/decide_parts.h"

#include <string.h>

static const char *name_of(const struct decider *decider, const char *entry)
{
    return arena_copy(decider->arena, entry, strcspn(entry, "="));
}

/* Keep what is not dropped. The grant's list is the request's with some left out: the same strings in the
 * same order. */
static void drop_variables(struct decider *decider, const struct json_strings *asked, const bool *dropped)
{
    struct spec_process *grant = decider_process(decider);
    struct json_strings kept = {
        .items = arena_array(decider->arena, grant->environment.count, sizeof(*kept.items)), .present = true};

    for (size_t i = 0, at = 0; i < grant->environment.count; i++, at++) {
        while (asked->items[at] != grant->environment.items[i])
            at++;
        if (!dropped[at])
            kept.items[kept.count++] = grant->environment.items[i];
    }
    grant->environment = kept;
}

void decide_environment(struct decider *decider, const struct policy_patterns *rule)
{
    const struct json_strings *asked = &decider->process->environment;
    bool any = false, *dropped;

    if (!rule->rule.present || asked->count == 0)
        return;
    dropped = arena_array(decider->arena, asked->count, sizeof(*dropped));
    for (size_t i = 0; i < asked->count; i++) {
        const char *name = name_of(decider, asked->items[i]);
        const struct policy_finding finding = {
            .rule = "TW0207",
            .pointer = decide_process_pointer(decider, "/env"),
            .subject = name,
            .requested = "set",
            .reason = arena_format(decider->arena, "the variable %s is denied", name),
        };

        if (!decide_words_match(&rule->words, name, 0) || !decider_judge(decider, &rule->rule, &finding))
            continue;
        decider_granted(decider, "removed");
        dropped[i] = any = true;
    }
    if (any)
        drop_variables(decider, asked, dropped);
}
