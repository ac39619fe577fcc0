/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The laws of scores (policy/score.h), over random policies and random configurations:
 *
 *   bounded     0 to 100 tenths
 *   tightening  a grant does not score worse than its request, nor another policy than one less; and no term
 *               appears that the request did not have
 *   monotone    one more capability, one more mount of the host, one namespace less: never a better score
 *
 * Usage: score_laws [SEED [COUNT]]. A breach names its seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/policy.h"
#include "policy/score.h"
#include "policy_generator.h"

enum { CASES = 1500, GRANTS_MIN = CASES / 10, LOWERED_MIN = CASES / 50 };

static size_t broken, grants, lowered;

static void breach(uint64_t seed, const char *law, const char *what)
{
    broken++;
    fprintf(stderr, "seed %llu: %s: %s\n", (unsigned long long)seed, law, what);
}

/* Random, but mostly one that narrows: what only refuses is mostly left out. */
static const struct policy *make_policy(uint64_t *seed, const char *name, struct arena *arena)
{
    struct policy *policy = arena_allocate(arena, sizeof(*policy));

    *policy = *policy_generate(seed, arena);
    policy->name = name;
    policy->file = name;
    policy->audit = false;
    policy->extends = (struct policy_words){0};
    policy->when = (struct policy_when){0};
    struct policy_rule *const narrowing[] = {
        &policy->process.no_new_privileges.rule,
        &policy->process.capabilities.rule,
        &policy->process.rlimits.rule,
        &policy->process.environment.rule,
        &policy->process.oom_score_adj.rule,
        &policy->filesystem.root_readonly.rule,
        &policy->filesystem.options.rule,
        &policy->filesystem.masked_paths.rule,
        &policy->filesystem.readonly_paths.rule,
        &policy->devices.rule,
        &policy->resources.memory.rule,
        &policy->resources.swap.rule,
        &policy->resources.pids.rule,
        &policy->resources.cpu.rule,
        &policy->filesystem.mounts.rule,
    };
    struct policy_rule *const refusing[] = {
        &policy->image.signature.rule,
        &policy->image.digests.rule,
        &policy->image.integrity.rule,
        &policy->process.user.rule,
        &policy->process.apparmor.rule,
        &policy->process.selinux.rule,
        &policy->process.privileged.rule,
        &policy->namespaces.private_types.rule,
        &policy->namespaces.join.rule,
        &policy->filesystem.propagation.rule,
        &policy->sysctls.rule,
        &policy->syscalls.filter_rule,
        &policy->hooks.rule,
        &policy->annotations.rule,
        &policy->lifecycle.max_lifetime_rule,
        &policy->unknown_fields.rule,
        &policy->network.rule,
        &policy->drift.rule,
        &policy->on_violation.rule,
        &policy->filesystem.mounts.rule,
        &policy->resources.io.rule,
        &policy->resources.hugepages.rule,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(narrowing); i++)
        narrowing[i]->otherwise = POLICY_OTHERWISE_NARROW;
    for (size_t i = 0; i < ARRAY_LENGTH(refusing); i++)
        refusing[i]->present = refusing[i]->present && random_once_in(seed, 12);
    return policy;
}

/* The points of what the policies grant; false: refused. */
static bool points_of(const struct spec *spec, const struct policy_applied *applied, size_t count,
                      const struct score_weights *weights, struct arena *arena, struct score_view *view,
                      uint32_t *points)
{
    static const struct trust nothing;
    const struct policy_set set = {.items = applied, .count = count};
    const struct policy_observed observed = {.now_s = 1000};
    struct policy_decision decision;
    struct error error;

    if (policy_decide(spec, &nothing, &set, &observed, arena, &decision, &error) != 0 || decision.refused)
        return false;
    score_look(decision.grant, &decision.layers, arena, view);
    *points = score_points(weights, view);
    return true;
}

static uint32_t points_alone(const struct spec *spec, const struct score_weights *weights,
                             struct arena *arena)
{
    struct score_view view;

    score_look(spec, NULL, arena, &view);
    return score_points(weights, &view);
}

static void check_tightening(uint64_t seed, const struct spec *spec, const struct policy *const *policies,
                             const struct score_weights *weights, struct arena *arena)
{
    const struct policy_applied applied[] = {{.policy = policies[0], .role = POLICY_ROLE_MANDATORY},
                                             {.policy = policies[1], .role = POLICY_ROLE_MANDATORY}};
    struct score_view request, view;
    uint32_t before, one, both;

    score_look(spec, NULL, arena, &request);
    before = score_points(weights, &request);
    if (!points_of(spec, applied, 1, weights, arena, &view, &one))
        return;
    grants++;
    lowered += one < before;
    if (one > before)
        breach(seed, "tightening", "a grant scores worse than its request");
    for (size_t i = 0; i < SCORE_TERM_COUNT; i++)
        if (view.terms[i].present && !request.terms[i].present)
            breach(seed, "tightening", score_term_name((enum score_term)i));
    if (points_of(spec, applied, 2, weights, arena, &view, &both) && both > one)
        breach(seed, "tightening", "another policy raises a score");
}

static void check_capabilities(uint64_t seed, const struct spec *spec, const struct score_weights *weights,
                               struct arena *arena)
{
    static const char *more[] = {"CAP_SYS_ADMIN", "CAP_CHOWN", "CAP_SYS_PTRACE", "CAP_BPF", "CAP_NET_RAW"};
    struct spec_capabilities capabilities = {0};
    struct spec_process process = {0};
    struct spec changed = *spec;
    uint32_t last;

    if (spec->process != NULL)
        process = *spec->process;
    process.capabilities = &capabilities;
    changed.process = &process;
    last = points_alone(&changed, weights, arena);
    for (size_t i = 1; i <= ARRAY_LENGTH(more); i++) {
        uint32_t now;

        capabilities.bounding = (struct json_strings){.items = more, .count = i, .present = true};
        now = points_alone(&changed, weights, arena);
        if (now <= last)
            breach(seed, "monotone", more[i - 1]);
        last = now;
    }
}

static void check_mounts(uint64_t seed, const struct spec *spec, const struct score_weights *weights,
                         struct arena *arena)
{
    static const char *options[] = {"rbind", "rw"};
    static const char *const sources[] = {"/srv/x", "/etc", "/", "/run/docker.sock"};
    struct spec changed = *spec;
    struct spec_mount *mounts = arena_array(arena, spec->mounts.count + 1, sizeof(*mounts));
    const struct spec_mount *old = spec->mounts.items;
    const uint32_t before = points_alone(spec, weights, arena);

    for (size_t i = 0; i < spec->mounts.count; i++)
        mounts[i] = old[i];
    mounts[spec->mounts.count] = (struct spec_mount){.destination = "/more",
                                                     .type = "bind",
                                                     .source = sources[seed % ARRAY_LENGTH(sources)],
                                                     .options = {options, 2, true}};
    changed.mounts = (struct json_structs){mounts, spec->mounts.count + 1, true};
    if (points_alone(&changed, weights, arena) < before)
        breach(seed, "monotone", "one more mount lowers the score");
}

static void check_namespaces(uint64_t seed, const struct spec *spec, const struct score_weights *weights,
                             struct arena *arena)
{
    struct spec changed = *spec;
    struct spec_linux linux_part = {0};
    uint32_t before = points_alone(spec, weights, arena);

    if (spec->linux_part == NULL || spec->linux_part->namespaces.count == 0)
        return;
    linux_part = *spec->linux_part;
    linux_part.namespaces.count--;
    changed.linux_part = &linux_part;
    if (SPEC_ITEMS(spec->linux_part->namespaces, struct spec_namespace)[linux_part.namespaces.count].path ==
            NULL &&
        points_alone(&changed, weights, arena) < before)
        breach(seed, "monotone", "a namespace less lowers the score");
}

static void check(uint64_t first, const struct score_weights *weights)
{
    cleanup_arena struct arena arena = {0};
    uint64_t seed = first * 1000003;
    const struct spec *spec = spec_generate(&seed, &arena);
    const struct policy *const policies[] = {make_policy(&seed, "a", &arena),
                                             make_policy(&seed, "b", &arena)};

    if (score_of_points(weights, points_alone(spec, weights, &arena)) > 100)
        breach(first, "bounded", "more than 10");
    check_tightening(first, spec, policies, weights, &arena);
    check_capabilities(first, spec, weights, &arena);
    check_mounts(first, spec, weights, &arena);
    check_namespaces(first, spec, weights, &arena);
}

int main(int argument_count, char **arguments)
{
    uint64_t first = 1, count = CASES;
    cleanup_arena struct arena arena = {0};
    struct score_weights weights;
    struct error error;

    if ((argument_count > 1 && !number_unsigned(arguments[1], UINT64_MAX, &first)) ||
        (argument_count > 2 && !number_unsigned(arguments[2], UINT64_MAX, &count))) {
        fprintf(stderr, "usage: score_laws [SEED [COUNT]]\n");
        return 2;
    }
    if (score_weights_shipped(&arena, &weights, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (uint64_t i = 0; i < count; i++)
        check(first + i, &weights);
    printf("%llu cases, %zu granted, %zu lowered, %zu broken\n", (unsigned long long)count, grants, lowered,
           broken);
    /* A law about grants says nothing where all is refused. */
    return broken > 0 || (count == CASES && (grants < GRANTS_MIN || lowered < LOWERED_MIN));
}
