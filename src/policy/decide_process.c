/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section `process`, for the container's own process and for one that joins it. What a joining process
 * does not say it has from the container (plan/process.c), so that is what is judged then.
 */
#include "policy/decide_parts.h"
#include "policy/decide_scheduling.h"

/* A process that joins and does not say has what the container has. */
static bool has_no_new_privileges(const struct decider *decider)
{
    const struct spec_process *container = decide_container_process(decider);

    if (!decider->process->has_no_new_privileges && container != NULL)
        return container->no_new_privileges;
    return decider->process->no_new_privileges;
}

static void decide_no_new_privileges(struct decider *decider, const struct policy_flag *flag)
{
    const struct policy_finding finding = {
        .rule = "TW0204",
        .pointer = decide_process_pointer(decider, "/noNewPrivileges"),
        .requested = "false",
        .reason = "a set-user-id program could add privileges",
    };

    if (!flag->rule.present || !flag->value || has_no_new_privileges(decider))
        return;
    if (!decider_judge(decider, &flag->rule, &finding))
        return;
    decider_process(decider)->no_new_privileges = true;
    decider_process(decider)->has_no_new_privileges = true;
    decider_granted(decider, "true");
}

/* Without a score the process has the runtime's own, and engines spare themselves (-500, -999): so that one
 * is judged where it was observed. */
static void decide_oom_score(struct decider *decider, const struct policy_minimum *minimum)
{
    const struct spec_process *process = decider->process, *container = decide_container_process(decider);
    const struct policy_host *host = &decider->observed->host;
    int32_t score;

    if (!process->has_oom_score_adj && container != NULL)
        process = container;
    if (!minimum->rule.present || (!process->has_oom_score_adj && !host->has_oom_score_adj))
        return;
    score = process->has_oom_score_adj ? process->oom_score_adj : host->oom_score_adj;
    if (score >= minimum->value)
        return;
    const struct policy_finding finding = {
        .rule = "TW0210",
        .pointer = decide_process_pointer(decider, "/oomScoreAdj"),
        .requested = process->has_oom_score_adj ? arena_format(decider->arena, "%d", score) : "none",
        .reason =
            arena_format(decider->arena, "%d%s is below %lld: others would be killed for its memory", score,
                         process->has_oom_score_adj ? "" : ", the runtime's own,", (long long)minimum->value),
    };
    if (!decider_judge(decider, &minimum->rule, &finding))
        return;
    struct spec_process *grant = decider_process(decider);
    if (!grant->has_oom_score_adj || grant->oom_score_adj < minimum->value)
        grant->oom_score_adj = (int32_t)minimum->value;
    grant->has_oom_score_adj = true;
    decider_granted(decider, arena_format(decider->arena, "%d", grant->oom_score_adj));
}

void decide_process(struct decider *decider, const struct policy *policy)
{
    const struct policy_process *rules = &policy->process;

    if (decider->process == NULL)
        return;
    decide_user(decider, &rules->user);
    decide_no_new_privileges(decider, &rules->no_new_privileges);
    decide_capabilities(decider, &rules->capabilities);
    decide_scheduling(decider, &rules->capabilities);
    decide_rlimits(decider, &rules->rlimits);
    decide_environment(decider, &rules->environment);
    decide_confinement(decider, rules);
    decide_oom_score(decider, &rules->oom_score_adj);
    if (!decider->is_exec)
        decide_privileged(decider, &rules->privileged);
}
