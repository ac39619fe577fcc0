/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.privileged. No field says "privileged": engines take every wall away, one by one. One missing wall
 * is a choice that another rule judges (ctr sends no filter ever); two or more are what --privileged looks
 * like, and are refused as a whole, with one cause that a user understands. One of them must be a right that
 * is asked for: a configuration written by hand often has neither a filter nor masks, and asks for nothing.
 */
#include "policy/decide_parts.h"

#include <string.h>
#include "policy/capability_sets.h"

enum {
    ALL_CAPABILITIES_AT_LEAST =
        36, /* of 41: engines list those of the kernel that they know, since Linux 3.5 */
    MARKS_MIN = 2,
};

static bool has_all_capabilities(const struct spec_process *process)
{
    return process->capabilities != NULL &&
           __builtin_popcountll(capability_all_bits(process->capabilities)) >= ALL_CAPABILITIES_AT_LEAST;
}

static bool is_for_all_devices(const struct spec_device_rule *rule)
{
    return (rule->type == NULL || rule->type[0] == '\0' || rule->type[0] == 'a') &&
           (!rule->has_major || rule->major == -1) && (!rule->has_minor || rule->minor == -1);
}

static bool is_for_reading_and_writing(const char *access)
{
    return access == NULL || access[0] == '\0' ||
           (strchr(access, 'r') != NULL && strchr(access, 'w') != NULL);
}

/* Rules are read in order, and the last one that speaks of a device counts. */
static bool has_all_devices(const struct spec *spec)
{
    const struct spec_resources *resources = spec->linux_part != NULL ? spec->linux_part->resources : NULL;
    bool all = false;

    if (resources == NULL)
        return false;
    for (size_t i = 0; i < resources->devices.count; i++) {
        const struct spec_device_rule *rule = &SPEC_ITEMS(resources->devices, struct spec_device_rule)[i];

        if (is_for_all_devices(rule) && is_for_reading_and_writing(rule->access))
            all = rule->allow;
    }
    return all;
}

void decide_privileged(struct decider *decider, const struct policy_flag *flag)
{
    const struct spec_linux *linux_part = decider->spec->linux_part;
    const struct {
        bool is;
        const char *text;
    } marks[] = {
        {has_all_capabilities(decider->process), "all capabilities"},
        {has_all_devices(decider->spec), "all devices"},
        {linux_part == NULL || linux_part->seccomp == NULL, "no filter"},
        {linux_part == NULL || linux_part->masked_paths.count == 0, "nothing masked"},
    };
    char buffer[96];
    struct text text = text_over(buffer, sizeof(buffer));
    size_t count = 0;

    if (!flag->rule.present || !flag->value)
        return;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (!marks[i].is)
            continue;
        text_append(&text, count++ > 0 ? ", " : "");
        text_append(&text, marks[i].text);
    }
    if (count < MARKS_MIN || !(marks[0].is || marks[1].is))
        return;
    const struct policy_finding finding = {
        .rule = "TW0212",
        .pointer = "",
        .requested = arena_string(decider->arena, text.bytes),
        .reason = arena_format(decider->arena, "this is a privileged container: %s", text.bytes),
    };
    decider_refuse(decider, &flag->rule, &finding);
}
