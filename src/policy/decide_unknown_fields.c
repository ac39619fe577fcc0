/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unknownFields: members of the configuration that no table of spec/ knows. OCI config.md wants a runtime to
 * ignore them; a policy may want to know, or to have none. Notes of another kind (parts for other platforms,
 * null for nothing) are of members that are known.
 */
#include "policy/decider.h"

#include <string.h>

/* The words that json/decode.c begins such notes with; and its last one, when there are too many to list. A
 * delegate may be for another platform, and is given none of these either. */
static bool is_of_unknown_member(const struct decider *decider, const struct json_note *note)
{
    return text_starts_with(note->text, "unknown member") ||
           text_starts_with(note->text, "more unknown members") ||
           (decider->observed->delegated && text_starts_with(note->text, "for another platform"));
}

void decide_unknown_fields(struct decider *decider, const struct policy *policy)
{
    const struct policy_patterns *rule = &policy->unknown_fields;
    const struct json_notes *notes = decider->observed->notes;
    bool refuses;

    if (!rule->rule.present || rule->words.count == 0 || notes == NULL)
        return;
    refuses = strcmp(rule->words.items[0].text, "refuse") == 0;
    for (size_t i = 0; i < notes->count; i++) {
        const struct policy_finding finding = {
            .rule = "TW0002",
            .pointer = notes->items[i].pointer,
            .reason = notes->items[i].text,
            .line = notes->items[i].line,
            .column = notes->items[i].column,
        };

        if (!is_of_unknown_member(decider, &notes->items[i]))
            continue;
        if (refuses)
            decider_refuse(decider, &rule->rule, &finding);
        else
            decider_say(decider, &rule->rule, &finding);
    }
}
