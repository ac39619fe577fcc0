/* SPDX-License-Identifier: GPL-2.0-or-later */
/* annotations.acting: engines copy an image's annotations into the configuration, so that its author may have
 * written them. Only those that act are judged; all others are data. */
#include "policy/acting_annotations.h"
#include "policy/decide_parts.h"

void decide_annotations(struct decider *decider, const struct policy *policy)
{
    const struct json_string_map *annotations = &decider->spec->annotations;

    if (!policy->annotations.rule.present)
        return;
    for (size_t i = 0; i < annotations->count; i++) {
        const struct json_pair *pair = &annotations->items[i];
        const struct acting_annotation *acting = acting_annotation_find(pair->key);
        const struct policy_finding finding = {
            .rule = "TW1101",
            .pointer = decide_pointer_member(decider, "/annotations", pair->key),
            .requested = pair->value,
            .reason =
                arena_format(decider->arena, "the annotation %s changes what the runtime does", pair->key),
        };

        if (acting != NULL && !acting->only_tightens &&
            !decide_words_match(&policy->annotations.words, pair->key, 0))
            decider_refuse(decider, &policy->annotations.rule, &finding);
    }
}
