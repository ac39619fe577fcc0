/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of what has to be found out about an image (policy/demand.h), over random policies and whatever is
 * proven then:
 *
 *   covered      whatever applies in the end, all that it asks for was asked before
 *   spared       where no policy speaks of images nothing is asked
 *   tightening   what is found out hangs on what is asked: another policy, which may ask for more, makes no
 *                container acceptable that was refused without it
 *   on trial     policies in audit mode alone refuse nobody
 *
 * Usage: policy_demand [SEED [COUNT]]. A breach names its seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "policy/demand.h"
#include "policy_generator.h"
#include "trust_generator.h"

enum { CASES = 3000, POLICIES_MAX = 4 };

static size_t broken, asked, accepted, refused;
static uint64_t current_seed;

static void breach(const char *law, const char *detail)
{
    fprintf(stderr, "seed %llu: %s: %s\n", (unsigned long long)current_seed, law, detail);
    broken++;
}

/* ---- a library ---- */

struct shelf {
    const struct policy *policies[POLICIES_MAX];
    struct policy_entry entries[POLICIES_MAX];
    struct policy_library library;
    struct configuration configuration;
    const char *keyrings[1];
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

/* Only what it says of images, and one more that can refuse nothing here. */
static struct policy *make_policy(uint64_t *seed, const char *name, struct arena *arena)
{
    struct policy *policy = arena_allocate(arena, sizeof(*policy));
    const struct policy *generated = policy_generate(seed, arena);

    *policy = (struct policy){.name = name, .file = name, .when = generated->when, .image = generated->image};
    while (!policy->image.signature.rule.present && !policy->image.integrity.rule.present &&
           !random_once_in(seed, 4))
        policy->image = policy_generate(seed, arena)->image;
    policy->audit = random_once_in(seed, 6);
    policy->bounds_anything = true;
    return policy;
}

static void fill(struct shelf *shelf, uint64_t *seed, bool everything, struct arena *arena)
{
    static const char *const names[POLICIES_MAX] = {"a", "b", "c", "d"};
    static const struct policy_word extended[] = {{.text = "a"}, {.text = "b"}};

    shelf->configuration = configuration_default();
    shelf->keyrings[0] = "/etc/thwart/keys/host.asc";
    shelf->configuration.keyrings =
        (struct json_strings){shelf->keyrings, random_once_in(seed, 3) ? 0 : 1, true};
    shelf->library = (struct policy_library){.items = shelf->entries, .shipped = no_shipped};
    shelf->library.count = 2 + random_below(seed, POLICIES_MAX - 1);
    for (size_t i = 0; i < shelf->library.count; i++) {
        struct policy *policy = make_policy(seed, names[i], arena);

        if (i >= 2 && random_once_in(seed, 3))
            policy->extends = (struct policy_words){&extended[random_below(seed, 2)], 1, true};
        shelf->policies[i] = policy;
        shelf->entries[i] = (struct policy_entry){
            .policy = policy, .mandatory = everything || random_once_in(seed, 2), .forced = everything};
    }
    if (!everything && !random_once_in(seed, 3))
        shelf->library.default_policy = names[random_below(seed, shelf->library.count)];
}

static const struct spec *make_spec(uint64_t *seed, struct arena *arena)
{
    static const struct json_pair pairs[] = {
        {"app", "web-1"},
        {"tier", "front"},
        {"io.thwart.policy", "a,b"},
        {"org.opencontainers.image.ref.name", "registry.example.com/web/app:1"}};
    struct spec *spec = arena_allocate(arena, sizeof(*spec));

    *spec = (struct spec){.annotations = {.present = true}};
    spec->annotations.items = arena_array(arena, ARRAY_LENGTH(pairs), sizeof(pairs[0]));
    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
        if (random_once_in(seed, 2))
            spec->annotations.items[spec->annotations.count++] = pairs[i];
    return spec;
}

static struct trust_demand demand_of(const struct shelf *shelf, const struct spec *spec, struct arena *arena)
{
    struct trust_demand demand = {0};
    struct error error;

    if (policy_demand(&shelf->library, &shelf->configuration, spec, arena, &demand, &error) != 0)
        breach("cannot be told", error.message);
    return demand;
}

static struct policy_set chosen(const struct shelf *shelf, const struct spec *spec, const struct trust *trust,
                                struct arena *arena)
{
    struct policy_set set = {0};
    struct error error;

    if (policy_resolve(&shelf->library, spec, trust, arena, &set, &error) != 0)
        breach("cannot be resolved", error.message);
    return set;
}

/* ---- covered ---- */

static bool asks_for(const struct trust_demand *demand, const struct trust_requirement *requirement,
                     bool audit)
{
    for (size_t i = 0; i < demand->requirement_count; i++)
        if (trust_requirement_is(demand->requirements[i], requirement))
            return audit || !demand->requirements[i]->audit;
    return false;
}

static bool lists(const struct trust_demand *demand, const char *digest)
{
    for (size_t i = 0; i < demand->digest_count; i++)
        if (strcmp(demand->digests[i], digest) == 0)
            return true;
    return false;
}

static void check_applied(const struct shelf *shelf, const struct trust_demand *demand,
                          const struct policy_applied *applied)
{
    const struct policy_image *image = &applied->policy->image;
    const bool has_host = shelf->configuration.keyrings.count > 0;
    const bool audit = applied->audit || image->signature.rule.audit;

    for (size_t i = 0; image->signature.rule.present && i < image->signature.count; i++)
        if (!asks_for(demand, &image->signature.items[i].requirement, audit))
            breach("covered", "signature");
    for (size_t i = 0; image->digests.rule.present && i < image->digests.words.count; i++)
        if (!lists(demand, image->digests.words.items[i].text))
            breach("covered", "digest");
    if (!image->integrity.rule.present || image->integrity.level == TRUST_NONE)
        return;
    if (demand->level < image->integrity.level)
        breach("covered", "level");
    if (image->integrity.level >= TRUST_BOUND_WALK && !image->integrity.once_per_boot && !demand->reread)
        breach("covered", "reread");
    if (has_host && !image->signature.rule.present && !image->digests.rule.present && demand->namers == NULL)
        breach("covered", "who vouches");
}

static void check_covered(uint64_t *seed, struct arena *arena)
{
    struct shelf shelf = {0};
    const struct spec *spec = make_spec(seed, arena);
    struct trust_demand demand;
    struct policy_set set;
    const struct trust *trust;

    fill(&shelf, seed, false, arena);
    trust = trust_generate(seed, shelf.policies, shelf.library.count, arena);
    demand = demand_of(&shelf, spec, arena);
    set = chosen(&shelf, spec, trust, arena);
    for (size_t i = 0; i < set.count; i++)
        check_applied(&shelf, &demand, &set.items[i]);
    /* A name that chose a policy was looked for. */
    for (size_t i = 0; i < set.count; i++)
        if (set.items[i].role == POLICY_ROLE_MANDATORY &&
            policy_when_wants_name(&set.items[i].policy->when) &&
            !set.items[i].policy->image.signature.rule.present && shelf.configuration.keyrings.count > 0 &&
            demand.namers == NULL)
            breach("covered", "names");
    asked += !trust_demand_is_empty(&demand);
}

static void check_spared(uint64_t *seed, struct arena *arena)
{
    struct shelf shelf = {0};
    const struct spec *spec = make_spec(seed, arena);
    struct trust_demand demand;

    fill(&shelf, seed, random_once_in(seed, 2), arena);
    for (size_t i = 0; i < shelf.library.count; i++) {
        struct policy *policy = arena_allocate(arena, sizeof(*policy));

        *policy = *shelf.policies[i];
        policy->image = (struct policy_image){0};
        policy->when.image = (struct policy_words){0};
        shelf.entries[i].policy = policy;
    }
    demand = demand_of(&shelf, spec, arena);
    if (!trust_demand_is_empty(&demand))
        breach("spared", "something is asked");
}

/* ---- a world that answers what it is asked ---- */

struct world {
    uint64_t seed;
    enum trust_level sealed, unsealed; /* what can be shown with a list, and by layers */
    const char *digest;
};

static uint64_t hash(uint64_t seed, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        seed = (seed ^ (unsigned char)*text) * 1099511628211U;
    return random_next(&seed);
}

/* By what is asked for, not by who asks. */
static uint64_t truth(const struct world *world, const struct trust_requirement *requirement)
{
    uint64_t value = hash(world->seed + requirement->needed + requirement->max_age_s, requirement->document);

    for (size_t i = 0; i < requirement->keyring_count; i++)
        value = hash(value, requirement->keyrings[i].path);
    for (size_t i = 0; i < requirement->fingerprint_count; i++)
        value = hash(value, requirement->fingerprints[i]);
    return value;
}

static struct trust answer(const struct world *world, const struct trust_demand *demand, struct arena *arena)
{
    static const char *const seals[] = {"sha256:1", "sha256:2"};
    struct trust trust = trust_of_nothing();
    struct trust_verdict *verdicts = arena_array(arena, demand->requirement_count, sizeof(*verdicts));
    bool vouched = false;

    for (size_t i = 0; i < demand->requirement_count; i++) {
        uint64_t value = truth(world, demand->requirements[i]);

        verdicts[i] =
            (struct trust_verdict){.requirement = demand->requirements[i],
                                   .met = value % 8 != 0,
                                   .reason = "by its contents",
                                   .reference = value % 8 > 1 ? "registry.example.com/web/app:1" : NULL,
                                   .seals = &seals[value / 8 % 2],
                                   .seal_count = value / 16 % 2};
        if (!verdicts[i].met || verdicts[i].reference == NULL)
            continue;
        vouched = true;
        if (trust.seal == NULL && verdicts[i].seal_count > 0 && world->sealed > world->unsealed)
            trust.seal = verdicts[i].seals[0];
    }
    trust.verdicts = verdicts;
    trust.verdict_count = demand->requirement_count;
    trust.found = "an image";
    trust.manifest_digest = world->digest;
    trust.unsealed_level = vouched || lists(demand, world->digest) ? world->unsealed : TRUST_NONE;
    trust.level = trust.seal != NULL ? world->sealed : trust.unsealed_level;
    return trust;
}

static bool decides(const struct shelf *shelf, const struct world *world, const struct spec *spec,
                    struct arena *arena)
{
    const struct policy_observed observed = {.now_s = 1};
    const struct trust_demand demand = demand_of(shelf, spec, arena);
    const struct trust trust = answer(world, &demand, arena);
    const struct policy_set set = chosen(shelf, spec, &trust, arena);
    struct policy_decision decision = {0};
    struct error error;
    bool enforced = false;

    if (policy_decide(spec, &trust, &set, &observed, arena, &decision, &error) != 0)
        breach("cannot be decided", error.message);
    for (size_t i = 0; i < set.count; i++)
        enforced = enforced || !set.items[i].audit;
    if (!enforced && decision.refused)
        breach("on trial", decision.findings[0].reason);
    return !decision.refused;
}

static void check_tightening(uint64_t *seed, struct arena *arena)
{
    static const char digest[] = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const struct world world = {
        .seed = random_next(seed),
        .sealed = random_once_in(seed, 2) ? TRUST_BOUND_VERITY : TRUST_BOUND_WALK,
        .unsealed = random_once_in(seed, 2) ? TRUST_BOUND_LAYERS : TRUST_MANIFEST_ONLY,
        .digest = digest,
    };
    const struct spec spec = {0};
    struct shelf shelf = {0};
    bool before, after;

    fill(&shelf, seed, true, arena);
    shelf.library.count--; /* the last comes later */
    before = decides(&shelf, &world, &spec, arena);
    shelf.library.count++;
    after = decides(&shelf, &world, &spec, arena);
    if (after && !before)
        breach("tightening", "refused before, and now granted");
    accepted += after;
    refused += !after;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = CASES;

    if ((argc > 1 && !number_unsigned(argv[1], UINT64_MAX, &first)) ||
        (argc > 2 && !number_unsigned(argv[2], UINT64_MAX, &count))) {
        fprintf(stderr, "usage: policy_demand [SEED [COUNT]]\n");
        return 2;
    }
    for (uint64_t i = 0; i < count && broken < 20; i++) {
        cleanup_arena struct arena arena = {0};
        uint64_t seed = current_seed = first + i;

        check_covered(&seed, &arena);
        check_spared(&seed, &arena);
        check_tightening(&seed, &arena);
    }
    printf("%zu of %llu asked; %zu accepted, %zu refused; %zu breaches\n", asked, (unsigned long long)count,
           accepted, refused, broken);
    /* Laws of what never happens say nothing. */
    return broken > 0 || asked == 0 || accepted < count / 20 || refused < count / 20;
}
