/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The laws of claims (policy/claimed.h), over random claims, ceilings, host policies and configurations:
 *
 *   tightening   a claim never grants more than the host's policies without it
 *   ceiling      nor more than these with its issuer's ceiling beside them
 *   order-free   two claims bound the same, whichever signature comes first
 *   kept         what is kept of a claim with the container is read again as the same policy
 *
 * Usage: policy_claims [SEED [COUNT]]. A breach names its seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/claimed.h"
#include "policy/read.h"
#include "policy_generator.h"
#include "spec_order.h"

enum { CASES = 1500, TEXT_MAX = 1 << 20 };

static const char *const claimable[] = {"process", "filesystem", "devices",  "resources",
                                        "sysctls", "syscalls",   "landlock", NULL};
static const char *const others[] = {"process",  "filesystem", "devices", "resources",  "sysctls",
                                     "syscalls", "landlock",   "hooks",   "namespaces", NULL};

static uint64_t current_seed;
static size_t broken, refused_claims, granted, bounded;

static void breach(const char *law, const char *detail)
{
    fprintf(stderr, "seed %llu: %s: %s\n", (unsigned long long)current_seed, law, detail);
    broken++;
}

/* ---- policies as text ---- */

static bool is_listed(const char *const *keys, const char *key)
{
    for (; *keys != NULL; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

static struct json_value *parse(const char *text, struct arena *arena)
{
    const struct json_limits limits = {.comments = true};
    struct json_value *root;
    struct error error;

    if (json_read(text, strlen(text), "text", &limits, arena, &root, &error) != 0)
        abort();
    return root;
}

/* Some sections of a random policy; each of them seldom, or hardly anything would be granted. */
static const char *make_text(uint64_t *seed, const char *const *keys, const char *name, struct arena *arena)
{
    cleanup_text struct text generated = text_growing(TEXT_MAX), text = text_growing(TEXT_MAX);
    const struct json_value *root;

    policy_generate_text(seed, &generated);
    root = parse(generated.bytes, arena);
    text_append_format(&text, "{\"thwart\": 1, \"name\": \"%s\"", name);
    for (size_t i = 0; i < root->object.count; i++) {
        const struct json_member *member = &root->object.members[i];

        if (!is_listed(keys, member->key) || !random_once_in(seed, 2))
            continue;
        text_append(&text, ", ");
        json_append_string(&text, member->key);
        text_append(&text, ": ");
        json_encode_value(&text, member->value, 0);
    }
    text_append(&text, "}");
    return arena_string(arena, text.bytes);
}

static const struct policy *read_policy(const char *text, const char *file, struct arena *arena)
{
    struct policy_problems problems = {0};
    const struct policy *policy;
    struct error error;

    if (policy_read(text, strlen(text), file, NULL, arena, &problems, &policy, &error) != 0) {
        fprintf(stderr, "%s\n%s\n", error.message, text);
        abort();
    }
    return policy;
}

/* ---- one case ---- */

struct bench {
    struct arena *arena;
    const struct spec *spec;
    struct policy_observed observed;
    struct policy_entry entries[2];
    struct policy_library library;
    const char *ceiling, *claims[2]; /* texts */
    size_t claim_count;
};

static int no_shipped(void *context, const char *name, struct arena *arena, const struct policy **policy,
                      struct error *error)
{
    (void)context;
    (void)name;
    (void)arena;
    (void)error;
    *policy = NULL;
    return 0;
}

static void make_bench(uint64_t *seed, struct bench *bench)
{
    static const char *controllers[] = {"cpu", "io", "memory", "pids", "hugetlb"};

    bench->spec = spec_generate(seed, bench->arena);
    bench->observed = (struct policy_observed){.now_s = 1000,
                                               .host = {.known = true,
                                                        .kernel_major = 6,
                                                        .kernel_minor = 1,
                                                        .architecture = "SCMP_ARCH_X86_64",
                                                        .landlock_abi = 4,
                                                        .device_program = true,
                                                        .controllers = {controllers, 5, true}}};
    bench->ceiling = make_text(seed, claimable, "top", bench->arena);
    bench->entries[0] = (struct policy_entry){
        .policy = read_policy(make_text(seed, others, "host", bench->arena), "host.json", bench->arena),
        .mandatory = true};
    bench->entries[1] =
        (struct policy_entry){.policy = read_policy(bench->ceiling, "top.json", bench->arena)};
    bench->library = (struct policy_library){.items = bench->entries, .count = 2, .shipped = no_shipped};
    bench->claim_count = 1 + random_below(seed, 2);
    /* The ceiling itself is within it. */
    for (size_t i = 0; i < bench->claim_count; i++)
        bench->claims[i] =
            random_once_in(seed, 3) ? bench->ceiling : make_text(seed, claimable, "mine", bench->arena);
}

struct answer {
    struct policy_decision decision;
    struct policy_set set;
    bool failed; /* a claim beyond its ceiling, a filter that cannot be expressed: nothing is granted */
};

static struct answer ask(const struct bench *bench, const struct trust *trust)
{
    struct answer answer = {0};
    struct error error = {0};

    if (policy_resolve(&bench->library, bench->spec, trust, bench->arena, &answer.set, &error) != 0) {
        if (error.kind != ERROR_UNTRUSTED || strstr(error.message, "asks for more") == NULL)
            breach("resolving fails", error.message);
        refused_claims++;
        answer.failed = true;
    } else if (policy_decide(bench->spec, trust, &answer.set, &bench->observed, bench->arena,
                             &answer.decision, &error) != 0) {
        if (strstr(error.message, "syscalls") == NULL)
            breach("deciding fails", error.message);
        answer.failed = true;
    }
    answer.failed = answer.failed || answer.decision.refused;
    return answer;
}

static bool has_layer(const struct policy_layers *layers, const char *policy, bool landlock)
{
    for (size_t i = 0; i < (landlock ? layers->landlock_count : layers->filter_count); i++)
        if (strcmp(landlock ? layers->landlock[i].policy : layers->filter_policies[i], policy) == 0)
            return true;
    return false;
}

/* The kernel makes the meet of layers: none of the others' may be missing. */
static bool layers_within(const struct policy_layers *less, const struct policy_layers *more)
{
    for (size_t i = 0; i < more->filter_count; i++)
        if (!has_layer(less, more->filter_policies[i], false))
            return false;
    for (size_t i = 0; i < more->landlock_count; i++)
        if (!has_layer(less, more->landlock[i].policy, true))
            return false;
    return true;
}

/* What is refused is within everything. */
static void expect_within(const char *law, const struct bench *bench, const struct answer *less,
                          const struct answer *more)
{
    const char *where = "";

    if (less->failed)
        return;
    if (more->failed)
        breach(law, "granted, although it was refused before");
    else if (!spec_within(less->decision.grant, more->decision.grant, &bench->observed.host, &where))
        breach(law, where);
    else if (!layers_within(&less->decision.layers, &more->decision.layers))
        breach(law, "a layer is missing");
}

static void check_kept(const struct bench *bench, const struct answer *answer)
{
    for (size_t i = 0; i < answer->set.count; i++) {
        const struct policy *policy = answer->set.items[i].policy, *again;

        if (strncmp(policy->name, "claim-by-", strlen("claim-by-")) != 0)
            continue;
        bounded += policy->bounds_anything;
        again = read_policy(policy->bytes, policy->file, bench->arena);
        if (!policy_equal(policy, again) || strcmp(policy->name, again->name) != 0)
            breach("kept", policy->bytes);
    }
}

static void check_case(uint64_t seed)
{
    cleanup_arena struct arena arena = {0};
    struct bench bench = {.arena = &arena};
    struct trust_admitted claims[2], swapped[2];
    struct trust trust = trust_of_nothing(), other;
    const struct trust nothing = trust_of_nothing();
    struct answer without, with, beside, again;

    make_bench(&seed, &bench);
    for (size_t i = 0; i < bench.claim_count; i++)
        claims[i] = (struct trust_admitted){.issuer = i == 0 ? "a" : "b",
                                            .where = "signature",
                                            .reference = "r.io/a:1",
                                            .policy = parse(bench.claims[i], &arena),
                                            .ceiling = "top"};
    trust.claims = claims;
    trust.claim_count = bench.claim_count;
    without = ask(&bench, &nothing);
    with = ask(&bench, &trust);
    bench.entries[1].mandatory = true;
    beside = ask(&bench, &nothing);
    bench.entries[1].mandatory = false;
    expect_within("tightening", &bench, &with, &without);
    expect_within("ceiling", &bench, &with, &beside);
    if (!with.failed) {
        granted++;
        check_kept(&bench, &with);
    }
    if (bench.claim_count < 2)
        return;
    swapped[0] = claims[1];
    swapped[1] = claims[0];
    other = trust;
    other.claims = swapped;
    again = ask(&bench, &other);
    if (again.failed != with.failed)
        breach("order-free", "refused in one order");
    expect_within("order-free", &bench, &with, &again);
    expect_within("order-free", &bench, &again, &with);
}

int main(int argument_count, char **arguments)
{
    uint64_t first = 1, count = CASES;

    if (argument_count > 3 || (argument_count > 1 && !number_unsigned(arguments[1], UINT64_MAX, &first)) ||
        (argument_count > 2 && !number_unsigned(arguments[2], UINT64_MAX, &count)))
        return 2;
    if (argument_count == 2)
        count = 1;
    for (uint64_t i = 0; i < count && broken < 20; i++) {
        current_seed = first + i;
        check_case(current_seed);
    }
    printf("%llu cases: %zu granted, by %zu claims that bound something; %zu claims beyond a ceiling\n",
           (unsigned long long)count, granted, bounded, refused_claims);
    /* Laws over nothing hold always. */
    if (count == CASES && (granted < CASES / 20 || bounded < CASES / 40 || refused_claims < CASES / 20))
        breach("the cases", "too few of a kind");
    return broken == 0 ? 0 : 1;
}
