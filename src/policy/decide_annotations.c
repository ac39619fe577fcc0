/* SPDX-License-Identifier: GPL-2.0-or-later */
/* annotations.acting: engines copy an image's annotations into the configuration, so that its author may have
 * written them. Only those that act are judged; all others are data. */
#include "policy/acting_annotations.h"
#include "policy/decide_parts.h"

/* What we would only look at a delegate may obey, and undo what other rules bound: a policy that says nothing
 * of annotations does not mean that. */
static bool acts(const struct decider *decider, const struct policy *policy, const char *key)
{
    const struct acting_annotation *acting = acting_annotation_find(key);
    bool steers = decider->observed->delegated && acting_annotation_steers_delegates(key);

    if (!policy->annotations.rule.present)
        return steers && policy->bounds_anything;
    return steers || (acting != NULL && !acting->only_tightens);
}

void decide_annotations(struct decider *decider, const struct policy *policy)
{
    const struct json_string_map *annotations = &decider->spec->annotations;

    for (size_t i = 0; i < annotations->count; i++) {
        const struct json_pair *pair = &annotations->items[i];

        if (!acts(decider, policy, pair->key) || decide_words_match(&policy->annotations.words, pair->key, 0))
            continue;
        const struct policy_finding finding = {
            .rule = "TW1101",
            .pointer = decide_pointer_member(decider, "/annotations", pair->key),
            .requested = pair->value,
            .reason =
                arena_format(decider->arena, "the annotation %s changes what the runtime does", pair->key),
        };
        decider_refuse(decider, &policy->annotations.rule, &finding);
    }
}
