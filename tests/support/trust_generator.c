/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust_generator.h"

#include "base/memory.h"
#include "generator_json.h"
#include "policy_generator.h"
#include "trust/binding.h"

static const char *const seals[] = {"sha256:1", "sha256:2"};

struct making {
    uint64_t *seed;
    struct arena *arena;
    struct trust_verdict *verdicts;
    struct trust_name *names;
    size_t verdict_count, name_count;
};

static void add_verdict(struct making *making, const struct trust_requirement *requirement)
{
    static const char *const references[] = {"registry.example.com/web/app:1",
                                             "docker.io/library/busybox:latest", "quay.io/other/thing:2"};
    struct trust_verdict *verdict = &making->verdicts[making->verdict_count++];

    *verdict = (struct trust_verdict){.requirement = requirement,
                                      .met = !random_once_in(making->seed, 5),
                                      .reason = "no signature was found"};
    if (!verdict->met)
        return;
    verdict->reason = "signed by somebody";
    verdict->seals = seals + random_below(making->seed, 2);
    verdict->seal_count = random_below(making->seed, 2);
    if (random_once_in(making->seed, 10))
        return; /* anything is accepted */
    verdict->reference = ONE_OF(making->seed, references);
    making->names[making->name_count++] = (struct trust_name){verdict->reference, requirement};
}

/* As policy_demand writes it: a copy with keys, or the policy's own. */
static const struct trust_requirement *asked(struct making *making,
                                             const struct trust_requirement *requirement)
{
    struct trust_requirement *copy;

    if (random_once_in(making->seed, 3))
        return requirement;
    copy = arena_allocate(making->arena, sizeof(*copy));
    *copy = *requirement;
    copy->stands_for = requirement;
    return copy;
}

static void set_image(uint64_t *seed, struct trust *trust)
{
    static const char *const digests[] = {
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "sha256:0000000000000000000000000000000000000000000000000000000000000000"};
    static const struct trust_difference differences[] = {{TRUST_CHANGED, "/usr/bin/x", "contents"},
                                                          {TRUST_ADDED, "/etc/y\n", "layer 2"}};

    if (random_once_in(seed, 8))
        return;
    trust->found = "containers-storage image 0123";
    if (!random_once_in(seed, 6))
        trust->manifest_digest = digests[random_below(seed, 5) % ARRAY_LENGTH(digests)];
    trust->level = random_once_in(seed, 2) ? TRUST_BOUND_VERITY
                                           : (enum trust_level)random_below(seed, TRUST_BOUND_VERITY + 1);
    trust->unsealed_level = trust->level;
    if (trust->level >= TRUST_BOUND_WALK && random_once_in(seed, 3)) {
        trust->seal = seals[0];
        trust->unsealed_level = random_once_in(seed, 2) ? TRUST_BOUND_LAYERS : TRUST_MANIFEST_ONLY;
    }
    if (trust->level < TRUST_BOUND_WALK) {
        trust->level_reason = "/usr/bin/x differs from layer 2";
        trust->differences = differences;
        trust->difference_count = random_below(seed, ARRAY_LENGTH(differences) + 1);
        trust->differences_more = random_below(seed, 3);
    }
}

const struct trust *trust_generate(uint64_t *seed, const struct policy *const *policies, size_t count,
                                   struct arena *arena)
{
    struct trust *trust = arena_allocate(arena, sizeof(*trust));
    struct trust_requirement *host = arena_allocate(arena, sizeof(*host));
    struct making making = {.seed = seed, .arena = arena};
    size_t all = 1;

    for (size_t i = 0; i < count; i++)
        all += policies[i]->image.signature.count;
    making.verdicts = arena_array(arena, all, sizeof(*making.verdicts));
    making.names = arena_array(arena, all, sizeof(*making.names));
    *trust = trust_of_nothing();
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < policies[i]->image.signature.count; k++)
            if (!random_once_in(seed, 10))
                add_verdict(&making, asked(&making, &policies[i]->image.signature.items[k].requirement));
    *host = (struct trust_requirement){.name = "the host's", .needed = 1, .of_host = true};
    if (!random_once_in(seed, 4))
        add_verdict(&making, host);
    set_image(seed, trust);
    trust->verdicts = making.verdicts;
    trust->verdict_count = making.verdict_count;
    trust->names = making.names;
    trust->name_count = making.name_count;
    if (random_once_in(seed, 30))
        trust->claim_refused = "the claim has expired";
    return trust;
}
