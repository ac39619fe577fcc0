/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unknownFields: members of the configuration that no table of spec/ knows. OCI config.md wants a runtime to
 * ignore them; a policy may want to know, or to have none. Notes of another kind (parts for other platforms,
 * null for nothing) are of members that are known. And the few members that are known, reach beyond the
 * container, and that no rule of the language speaks of: what nobody can bound is as good as unknown. A test
 * (tests/unit/policy_closed_world.c) asks of every member of the tables which rule is for it.
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

static void judge(struct decider *decider, const struct policy_patterns *rule,
                  const struct policy_finding *finding)
{
    if (strcmp(rule->words.items[0].text, "refuse") == 0)
        decider_refuse(decider, &rule->rule, finding);
    else
        decider_say(decider, &rule->rule, finding);
}

static void judge_unbounded_members(struct decider *decider, const struct policy_patterns *rule)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;

    if (linux_part != NULL && linux_part->intel_rdt != NULL)
        judge(decider, rule,
              &(struct policy_finding){
                  .rule = "TW0002",
                  .pointer = "/linux/intelRdt",
                  .reason = "classes of resource control are the host's, and no rule bounds them",
              });
    if (linux_part != NULL && linux_part->seccomp != NULL && linux_part->seccomp->listener_path != NULL)
        judge(decider, rule,
              &(struct policy_finding){
                  .rule = "TW0002",
                  .pointer = "/linux/seccomp/listenerPath",
                  .requested = linux_part->seccomp->listener_path,
                  .reason = "a program of the host answers system calls, and no rule bounds which one",
              });
}

void decide_unknown_fields(struct decider *decider, const struct policy *policy)
{
    const struct policy_patterns *rule = &policy->unknown_fields;
    const struct json_notes *notes = decider->observed->notes;

    if (!rule->rule.present || rule->words.count == 0)
        return;
    if (!decider->is_exec)
        judge_unbounded_members(decider, rule);
    for (size_t i = 0; notes != NULL && i < notes->count; i++) {
        const struct policy_finding finding = {
            .rule = "TW0002",
            .pointer = notes->items[i].pointer,
            .reason = notes->items[i].text,
            .line = notes->items[i].line,
            .column = notes->items[i].column,
        };

        if (is_of_unknown_member(decider, &notes->items[i]))
            judge(decider, rule, &finding);
    }
}
