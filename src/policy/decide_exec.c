/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that joins a container gets at most what the container was granted, whoever asks for it and
 * whatever the policies allow: `exec --privileged` is how a wall that was judged at create is walked around.
 * Asked of every policy that bounds anything: one in audit mode reports.
 */
#include "policy/decider.h"

#include <string.h>
#include "policy/capability_sets.h"
#include "policy/decide_rlimits.h"
#include "policy/decide_scheduling.h"
#include "policy/words.h"

enum { SYS_NICE = 23 }; /* linux/capability.h */

/* The rule stands in no policy: it is what `exec` means. */
static const struct policy_rule nowhere = {0};

static bool judge(struct decider *decider, const char *pointer, const char *subject, const char *requested,
                  const char *reason)
{
    const struct policy_finding finding = {
        .rule = "TW1501", .pointer = pointer, .subject = subject, .requested = requested, .reason = reason};

    return decider_judge(decider, &nowhere, &finding);
}

static bool holds_name(const struct json_strings *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i], name) == 0)
            return true;
    return false;
}

static bool judge_capability(struct decider *decider, const char *name)
{
    const char *reason = arena_format(decider->arena, "the container was not granted %s", name);

    if (!judge(decider, "/capabilities", name,
               capability_sets_of(decider->process->capabilities, name, decider->arena), reason))
        return false;
    decider_granted(decider, "dropped");
    return true;
}

/* The bounding set is what the container's own programs can ever get back by execve. */
static void bound_capabilities(struct decider *decider, const struct spec_process *container)
{
    static const struct spec_capabilities none;
    const struct spec_capabilities *asked = decider->process->capabilities;
    const struct spec_capabilities *has = container->capabilities != NULL ? container->capabilities : &none;
    struct capability_removal removal = {0};
    struct spec_process *grant;
    uint64_t beyond;

    if (asked == NULL)
        return; /* the container's */
    beyond = capability_all_bits(asked) & ~capability_set_bits(&has->bounding);
    for (unsigned int number = 0; policy_capability_name(number) != NULL; number++)
        if ((beyond >> number & 1) != 0 && judge_capability(decider, policy_capability_name(number)))
            removal.bits |= (uint64_t)1 << number;
    for (size_t i = 0; i < CAPABILITY_SET_COUNT; i++) {
        const struct json_strings *set = capability_set(asked, i);
        unsigned int number;

        for (size_t j = 0; j < set->count; j++)
            if (!policy_capability_number(set->items[j], &number) &&
                !holds_name(&has->bounding, set->items[j]) && judge_capability(decider, set->items[j]))
                capability_removal_add_unknown(&removal, set->items[j], decider->arena);
    }
    if (removal.bits == 0 && removal.unknown_count == 0)
        return;
    grant = decider_process(decider);
    grant->capabilities = capability_sets_without(grant->capabilities, &removal, decider->arena);
}

static void bound_no_new_privileges(struct decider *decider, const struct spec_process *container)
{
    const struct spec_process *process = decider->process;

    if (!container->no_new_privileges || !process->has_no_new_privileges || process->no_new_privileges)
        return;
    if (!judge(decider, "/noNewPrivileges", "", "false", "the container's processes cannot add privileges"))
        return;
    decider_process(decider)->no_new_privileges = true;
    decider_granted(decider, "true");
}

static bool is_given(const char *word)
{
    return word != NULL && word[0] != '\0';
}

/* Docker says "unconfined" for exec --privileged. A container that nothing confines has nothing to hold its
 * processes to. */
static void bound_labels(struct decider *decider, const struct spec_process *container)
{
    const struct spec_process *process = decider->process;

    if (is_given(process->apparmor_profile) && is_given(container->apparmor_profile) &&
        strcmp(container->apparmor_profile, "unconfined") != 0 &&
        strcmp(process->apparmor_profile, container->apparmor_profile) != 0 &&
        judge(decider, "/apparmorProfile", "", process->apparmor_profile,
              "the container runs under another profile")) {
        decider_process(decider)->apparmor_profile = container->apparmor_profile;
        decider_granted(decider, container->apparmor_profile);
    }
    if (is_given(process->selinux_label) && is_given(container->selinux_label) &&
        strcmp(process->selinux_label, container->selinux_label) != 0 &&
        judge(decider, "/selinuxLabel", "", process->selinux_label,
              "the container runs under another label")) {
        decider_process(decider)->selinux_label = container->selinux_label;
        decider_granted(decider, container->selinux_label);
    }
}

static void bound_rlimit(struct decider *decider, const struct spec_process *container, const char *type)
{
    const struct spec_rlimit has = decide_rlimit_of(decider, container, type);
    const struct spec_rlimit asked = decide_rlimit_of(decider, decider->process, type);

    if (asked.soft <= has.soft && asked.hard <= has.hard)
        return;
    if (judge(decider, decide_rlimit_pointer(decider, type), type, decide_rlimit_text(decider, &asked),
              arena_format(decider->arena, "%s is above the container's, %s", type,
                           decide_rlimit_text(decider, &has))))
        decide_narrow_rlimit(decider, type, has.soft, has.hard);
}

/* Those that the container was given, and those that the process asks for. */
static void bound_rlimits(struct decider *decider, const struct spec_process *container)
{
    const struct json_structs *const lists[] = {&container->rlimits, &decider->process->rlimits};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            bound_rlimit(decider, container, SPEC_ITEMS(*lists[i], struct spec_rlimit)[j].type);
}

/* Of a container that asked for none nobody knows the score any more: as good as 0, which is what a process
 * has that nobody spares. */
static void bound_oom_score(struct decider *decider, const struct spec_process *container)
{
    const struct spec_process *process = decider->process;
    const int32_t has = container->has_oom_score_adj ? container->oom_score_adj : 0;
    struct spec_process *grant;

    if (!process->has_oom_score_adj || process->oom_score_adj >= has)
        return;
    if (!judge(decider, "/oomScoreAdj", "", arena_format(decider->arena, "%d", process->oom_score_adj),
               container->has_oom_score_adj ? arena_format(decider->arena, "the container's is %d", has)
                                            : "the container asked for none"))
        return;
    grant = decider_process(decider);
    if (grant->oom_score_adj < has)
        grant->oom_score_adj = has;
    decider_granted(decider, arena_format(decider->arena, "%d", grant->oom_score_adj));
}

static bool has_right_to_priority(const struct spec_process *container)
{
    return container->capabilities != NULL &&
           (capability_set_bits(&container->capabilities->bounding) >> SYS_NICE & 1) != 0;
}

static bool is_no_more_than(const struct spec_scheduler *asked, const struct spec_scheduler *has)
{
    return has != NULL && strcmp(asked->policy, has->policy) == 0 && asked->nice >= has->nice &&
           asked->priority <= has->priority && asked->runtime_ns <= has->runtime_ns;
}

/* The runtime would set what none of the container's own programs can. */
static void bound_scheduling(struct decider *decider, const struct spec_process *container)
{
    const struct spec_process *process = decider->process;
    static const char reason[] = "the container was not granted CAP_SYS_NICE";

    if (has_right_to_priority(container))
        return;
    if (decide_scheduler_takes_right(process->scheduler) &&
        !is_no_more_than(process->scheduler, container->scheduler) &&
        judge(decider, "/scheduler", "", decide_scheduler_text(decider, process->scheduler), reason)) {
        decider_process(decider)->scheduler = NULL;
        decider_granted(decider, "dropped");
    }
    if (decide_io_priority_takes_right(process->io_priority) &&
        !decide_io_priority_takes_right(container->io_priority) &&
        judge(decider, "/ioPriority", "", process->io_priority->class_name, reason)) {
        decider_process(decider)->io_priority = NULL;
        decider_granted(decider, "dropped");
    }
}

void decide_exec_beyond_grant(struct decider *decider, const struct spec *container)
{
    const struct spec_process *process = container->process;

    if (process == NULL || decider->process == NULL)
        return;
    for (size_t i = 0; i < decider->set->count; i++) {
        if (!decider->set->items[i].policy->bounds_anything)
            continue;
        decider->applied = &decider->set->items[i];
        bound_capabilities(decider, process);
        bound_no_new_privileges(decider, process);
        bound_labels(decider, process);
        bound_rlimits(decider, process);
        bound_oom_score(decider, process);
        bound_scheduling(decider, process);
    }
    decider->applied = NULL;
}
