/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk: policies by name, sections in a fixed order; then what was found is put together. */
#include "policy/decider.h"

#include <string.h>
#include "base/memory.h"

/* The sections of one policy, for a whole configuration. The filters come afterwards, for all policies: they
 * follow the capabilities that all of them left. */
static void decide_sections(struct decider *decider, const struct policy *policy)
{
    decide_image(decider, policy);
    decide_process(decider, policy);
    decide_namespaces(decider, policy);
    decide_filesystem(decider, policy);
    decide_mounts(decider, policy);
    decide_devices(decider, policy);
    decide_resources(decider, policy);
    decide_sysctls(decider, policy);
    decide_hooks(decider, policy);
    decide_annotations(decider, policy);
    decide_landlock(decider, policy);
    decide_watched(decider, policy);
    decide_unknown_fields(decider, policy);
}

static void for_each_policy(struct decider *decider,
                            void (*decide)(struct decider *decider, const struct policy *policy))
{
    for (size_t i = 0; i < decider->set->count; i++) {
        decider->applied = &decider->set->items[i];
        decide(decider, decider->applied->policy);
    }
    decider->applied = NULL;
}

static bool anything_bounds(const struct policy_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].policy->bounds_anything)
            return true;
    return false;
}

/* "No bound" is somebody's decision, and on record. */
static void say_unbounded(struct decider *decider)
{
    const struct policy_finding finding = {
        .rule = "TW0001",
        .pointer = "",
        .reason = "no policy bounds this container: everything that it asks for is granted",
    };
    static const struct policy_rule nowhere = {0};

    for (size_t i = 0; i < decider->set->count; i++) {
        decider->applied = &decider->set->items[i];
        decider_say(decider, &nowhere, &finding);
    }
    if (decider->set->count == 0)
        decider_say(decider, &nowhere, &finding);
    decider->applied = NULL;
}

static int finish(struct decider *decider, const struct spec *grant, struct policy_decision *decision)
{
    if (decider->failed)
        return -1;
    decider_finish(decider, decision);
    decision->grant = decision->refused ? NULL : grant;
    decision->layers = (struct policy_layers){.filters = decider->filters,
                                              .filter_policies = decider->filter_policies,
                                              .filter_count = decider->filter_count,
                                              .landlock = decider->landlock,
                                              .landlock_count = decider->landlock_count,
                                              .kernel_masks = decider->kernel_masks,
                                              .kernel_mask_count = decider->kernel_mask_count,
                                              .kernel_place = decider->kernel_place};
    return 0;
}

int policy_decide(const struct spec *spec, const struct trust *trust, const struct policy_set *policies,
                  const struct policy_observed *observed, struct arena *arena,
                  struct policy_decision *decision, struct error *error)
{
    struct decider decider = {.spec = spec,
                              .process = spec->process,
                              .process_pointer = "/process",
                              .trust = trust,
                              .set = policies,
                              .observed = observed,
                              .arena = arena,
                              .error = error};

    decide_expired_waivers(&decider);
    decide_claim(&decider);
    if (anything_bounds(policies)) {
        for_each_policy(&decider, decide_sections);
        for_each_policy(&decider, decide_syscalls);
    } else {
        say_unbounded(&decider);
    }
    return finish(&decider, decider.grant != NULL ? decider.grant : spec, decision);
}

static void decide_exec_command(struct decider *decider, const struct policy *policy)
{
    decide_lifecycle(decider, policy, DECIDER_EXEC);
    decide_process(decider, policy);
    decide_unknown_fields(decider, policy);
}

int policy_decide_process(const struct spec *container, const struct spec_process *process,
                          const struct policy_set *policies, const struct policy_observed *observed,
                          struct arena *arena, struct policy_decision *decision,
                          const struct spec_process **grant, struct error *error)
{
    struct decider decider = {.spec = container,
                              .process = process,
                              .process_pointer = "",
                              .is_exec = true,
                              .set = policies,
                              .observed = observed,
                              .arena = arena,
                              .error = error};

    *grant = NULL;
    if (anything_bounds(policies)) {
        for_each_policy(&decider, decide_exec_command);
        decide_exec_beyond_grant(&decider, container);
    } else {
        say_unbounded(&decider);
    }
    if (finish(&decider, container, decision) != 0)
        return -1;
    if (!decision->refused)
        *grant = decider.grant_process != NULL ? decider.grant_process : process;
    return 0;
}

static void decide_update_command(struct decider *decider, const struct policy *policy)
{
    decide_lifecycle(decider, policy, DECIDER_UPDATE);
    decide_resources(decider, policy);
}

int policy_decide_update(const struct spec *amended, const struct policy_set *policies,
                         const struct policy_observed *observed, struct arena *arena,
                         struct policy_decision *decision, struct error *error)
{
    struct decider decider = {.spec = amended,
                              .process = amended->process,
                              .process_pointer = "/process",
                              .set = policies,
                              .observed = observed,
                              .arena = arena,
                              .error = error};

    if (anything_bounds(policies))
        for_each_policy(&decider, decide_update_command);
    else
        say_unbounded(&decider);
    return finish(&decider, decider.grant != NULL ? decider.grant : amended, decision);
}

static void decide_checkpoint_command(struct decider *decider, const struct policy *policy)
{
    decide_lifecycle(decider, policy, DECIDER_CHECKPOINT);
}

int policy_decide_checkpoint(const struct spec *container, const struct policy_set *policies,
                             const struct policy_observed *observed, struct arena *arena,
                             struct policy_decision *decision, struct error *error)
{
    struct decider decider = {.spec = container,
                              .process = container->process,
                              .process_pointer = "/process",
                              .set = policies,
                              .observed = observed,
                              .arena = arena,
                              .error = error};

    for_each_policy(&decider, decide_checkpoint_command);
    return finish(&decider, container, decision);
}
