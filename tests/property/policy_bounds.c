/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of what the tools say about policies (policy/bound.h, policy/difference.h), over random ones:
 *
 *   the same    a policy grants nothing that it does not grant
 *   less        the meet of two grants nothing that one of them does not
 *   seen        a rule that is taken away is a difference, in one direction
 *   printed     what `policy show` prints is a policy, of the same bounds
 *   meant       where it is the whole meet, it decides as the policies do of which it was made
 *   drafted     a bundle is granted unchanged by the draft that is made of it
 *
 * Usage: policy_bounds [SEED [COUNT]]. A breach names its seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/bound_rows.h"
#include "policy/difference.h"
#include "policy/draft.h"
#include "policy/read.h"
#include "policy_generator.h"

enum { CASES = 1500, TEXT_MAX = 1 << 24 };

static size_t broken, wholes, granted;
static uint64_t current_seed;

static void breach(const char *law, const char *text)
{
    fprintf(stderr, "seed %llu: %s\n%s\n", (unsigned long long)current_seed, law, text);
    broken++;
}

/* Without what refuses every container: then nothing could be told apart. */
static const struct policy *make_policy(uint64_t *seed, const char *name, struct arena *arena)
{
    struct policy *policy = arena_allocate(arena, sizeof(*policy));

    *policy = *policy_generate(seed, arena);
    policy->name = policy->file = name;
    policy->extends = (struct policy_words){0};
    policy->network = policy->drift = policy->on_violation = (struct policy_watched){0};
    policy->lifecycle.max_lifetime_rule = (struct policy_rule){0};
    if (!random_once_in(seed, 4))
        policy->process.user = (struct policy_user){0};
    if (!random_once_in(seed, 4))
        policy->namespaces = (struct policy_namespaces){0};
    if (!random_once_in(seed, 4))
        policy->filesystem.mounts = (struct policy_mounts){0};
    return policy;
}

static void nothing_more(const char *law, const struct policy_bounds *one, const struct policy_bounds *other,
                         struct arena *arena)
{
    struct policy_differences differences = {0};

    policy_difference_of(one, other, arena, &differences);
    for (size_t i = 0; i < differences.count; i++)
        breach(law, arena_format(arena, "%s: %s; %s", differences.items[i].key, differences.items[i].granted,
                                 differences.items[i].bound));
}

static void bounds_of(const struct policy_applied *applied, size_t count, struct arena *arena,
                      struct policy_bounds *bounds)
{
    const struct policy_set set = {.items = applied, .count = count};
    struct error error;

    if (policy_bounds_of_set(&set, arena, bounds, &error) != 0)
        breach("cannot be taken apart", error.message);
}

/* Somebody signed, or not, by what is asked for: the same for a requirement wherever it is written. */
static bool is_met(const struct trust_requirement *requirement)
{
    return requirement->document == NULL && requirement->needed == 1 && requirement->max_age_s == 0;
}

static struct trust trust_of(const struct policy_applied *applied, size_t count, struct arena *arena)
{
    static const struct trust_requirement host = {.of_host = true};
    struct trust trust = trust_of_nothing();
    struct trust_verdict *verdicts;
    size_t all = 1;

    for (size_t i = 0; i < count; i++)
        all += applied[i].policy->image.signature.count;
    verdicts = arena_array(arena, all, sizeof(*verdicts));
    verdicts[trust.verdict_count++] = (struct trust_verdict){&host, true, "signed", "x"};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < applied[i].policy->image.signature.count; k++) {
            const struct trust_requirement *requirement =
                &applied[i].policy->image.signature.items[k].requirement;

            verdicts[trust.verdict_count++] =
                (struct trust_verdict){requirement, is_met(requirement), "by what it asks for", "x"};
        }
    trust.verdicts = verdicts;
    trust.found = "an image";
    trust.level = trust.unsealed_level = TRUST_BOUND_LAYERS;
    trust.manifest_digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    return trust;
}

static struct policy_decision decide(const struct policy_applied *applied, size_t count,
                                     const struct spec *spec, struct arena *arena)
{
    const struct policy_set set = {.items = applied, .count = count};
    const struct policy_observed observed = {0};
    const struct trust trust = trust_of(applied, count, arena);
    struct policy_decision decision = {0};
    struct error error;

    /* Filters that libseccomp's form has no words for: an error by both. */
    if (policy_decide(spec, &trust, &set, &observed, arena, &decision, &error) != 0)
        decision.refused = true;
    return decision;
}

/* What is decided, by cause. Filters and layers are one for each policy, so their findings count apart; and a
 * hook that one policy does not list and another lists with a digest is not listed by their meet. */
static const char *findings_text(const struct policy_decision *decision, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);

    text_append(&text, "\n");
    for (size_t i = 0; i < decision->finding_count; i++) {
        const struct policy_finding *finding = &decision->findings[i];
        const char *rule = strcmp(finding->rule, "TW1002") == 0 ? "TW1001" : finding->rule;
        const char *line;

        if (finding->effect == POLICY_GRANTED || strcmp(rule, "TW0801") == 0 || strcmp(rule, "TW1301") == 0)
            continue;
        /* Those of the image are about the policy that asks. */
        line = arena_format(arena, "%s %s %s %s -> %s\n", policy_effect_name(finding->effect), rule,
                            finding->pointer, text_starts_with(rule, "TW01") ? "" : finding->subject,
                            finding->granted);
        /* A source that the meet does not list may not be read either. */
        if (strcmp(rule, "TW0404") == 0 && strstr(text.bytes, "TW0403") != NULL)
            continue;
        if (strstr(text.bytes, line) == NULL)
            text_append(&text, line);
    }
    return arena_string(arena, text.bytes);
}

static const struct policy *print_and_read(const struct policy_bounds *bounds, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error;

    policy_bounds_print(&text, bounds, "printed", "of a test", arena);
    if (policy_read(text.bytes, text.length, "printed.json", NULL, arena, &problems, &policy, &error) == 0)
        return policy;
    breach(error.message, text.bytes);
    return NULL;
}

static size_t count_of(const struct policy_bounds *bounds, const char *rule)
{
    size_t count = 0;

    for (size_t i = 0; i < bounds->count; i++)
        count += strcmp(bounds->items[i].row->rule, rule) == 0;
    return count;
}

/* System calls are compared by what their filters answer; and without "join" those of "private" join nothing.
 */
static void check_seen(const struct policy_applied *applied, const struct policy_bounds *bounds,
                       struct arena *arena)
{
    size_t count;
    const struct policy_bound_row *rows = policy_bound_rows(&count);

    for (size_t i = 0; i < count; i++) {
        struct policy *copy = arena_allocate(arena, sizeof(*copy));
        struct policy_applied less = {.policy = copy, .audit = applied->audit};
        struct policy_differences differences = {0};
        struct policy_bounds left;

        if (count_of(bounds, rows[i].rule) == 0 || strcmp(rows[i].rule, "syscalls") == 0)
            continue;
        *copy = *applied->policy;
        *(struct policy_rule *)(void *)((char *)copy + rows[i].offset) = (struct policy_rule){0};
        bounds_of(&less, 1, arena, &left);
        if (strcmp(rows[i].rule, "namespaces.join") != 0)
            nothing_more("seen", bounds, &left, arena);
        policy_difference_of(&left, bounds, arena, &differences);
        if (differences.count == 0 && strcmp(rows[i].rule, "process.capabilities") != 0)
            breach("seen", rows[i].rule);
    }
}

static void check_pair(uint64_t *seed, struct arena *arena)
{
    struct policy_applied applied[] = {{.policy = make_policy(seed, "a", arena)},
                                       {.policy = make_policy(seed, "b", arena)}};
    struct policy_applied printed = {0};
    struct policy_bounds one, other, meet, again;

    applied[0].audit = applied[0].policy->audit;
    applied[1].audit = applied[1].policy->audit;
    bounds_of(&applied[0], 1, arena, &one);
    bounds_of(&applied[1], 1, arena, &other);
    bounds_of(applied, 2, arena, &meet);
    nothing_more("the same", &one, &one, arena);
    nothing_more("the same", &meet, &meet, arena);
    nothing_more("less", &meet, &one, arena);
    nothing_more("less", &meet, &other, arena);
    check_seen(&applied[0], &one, arena);
    printed.policy = print_and_read(&meet, arena);
    if (printed.policy == NULL || policy_bounds_stay_apart(&meet))
        return;
    wholes++;
    bounds_of(&printed, 1, arena, &again);
    nothing_more("printed", &again, &meet, arena);
    nothing_more("printed", &meet, &again, arena);
    for (int i = 0; i < 4; i++) {
        const struct spec *spec = spec_generate(seed, arena);
        const struct policy_decision by_both = decide(applied, 2, spec, arena),
                                     by_one = decide(&printed, 1, spec, arena);
        const char *expected = findings_text(&by_both, arena), *found = findings_text(&by_one, arena);

        granted += !by_both.refused;
        if (strcmp(expected, found) != 0)
            breach("meant", arena_format(arena, "by both:%sby what is printed:%s", expected, found));
    }
}

static void check_draft(uint64_t *seed, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);
    const struct spec *spec = spec_generate(seed, arena);
    const struct policy_draft_request request = {.spec = spec, .config = "config.json", .name = "draft"};
    struct policy_problems problems = {0};
    struct policy_applied applied = {0};
    struct policy_decision decision;
    struct error error;

    if (policy_draft(&request, arena, &text, &error) != 0 ||
        policy_read(text.bytes, text.length, "draft.json", NULL, arena, &problems, &applied.policy, &error) !=
            0) {
        breach("drafted", error.message);
        return;
    }
    decision = decide(&applied, 1, spec, arena);
    for (size_t i = 0; i < decision.finding_count; i++)
        if (decision.findings[i].effect != POLICY_GRANTED)
            breach("drafted", decision.findings[i].reason);
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = CASES;

    if ((argc > 1 && !number_unsigned(argv[1], UINT64_MAX, &first)) ||
        (argc > 2 && !number_unsigned(argv[2], UINT64_MAX, &count))) {
        fprintf(stderr, "usage: policy_bounds [SEED [COUNT]]\n");
        return 2;
    }
    for (uint64_t i = 0; i < count; i++) {
        cleanup_arena struct arena arena = {0};
        uint64_t seed = current_seed = first + i;

        check_pair(&seed, &arena);
        check_draft(&seed, &arena);
    }
    printf("%llu pairs, %zu of them one file, %zu bundles granted, %zu breaches\n", (unsigned long long)count,
           wholes, granted, broken);
    return broken > 0 || wholes == 0 || granted == 0;
}
