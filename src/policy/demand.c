/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be proven, gathered from all policies that might apply. */
#include "policy/demand.h"

#include <string.h>

struct gathering {
    const struct configuration *configuration;
    struct arena *arena;
    const struct trust_keyring *keyrings; /* the host's */
    const struct trust_requirement **requirements;
    size_t requirement_count;
    const char **digests;
    size_t digest_count;
    enum trust_level level;
    bool reread;
    bool host, host_enforced; /* the host's own keyrings are asked; and by somebody who is not on trial */
};

static size_t host_count(const struct gathering *gathering)
{
    return gathering->configuration->keyrings.count;
}

static const struct trust_keyring *host_keyrings(const struct configuration *configuration,
                                                 struct arena *arena)
{
    struct trust_keyring *keyrings = arena_array(arena, configuration->keyrings.count, sizeof(*keyrings));

    for (size_t i = 0; i < configuration->keyrings.count; i++)
        keyrings[i].path = configuration->keyrings.items[i];
    return keyrings;
}

static void want_host(struct gathering *gathering, bool audit)
{
    gathering->host = true;
    gathering->host_enforced = gathering->host_enforced || !audit;
}

/* Any name that a key of the host signed: it is the selectors that choose among names. */
static struct trust_requirement *host_requirement(const struct gathering *gathering)
{
    static const struct trust_identity_rule any_name = {.kind = TRUST_MATCH_PATTERN, .name = "**"};
    struct trust_requirement *requirement = arena_allocate(gathering->arena, sizeof(*requirement));

    *requirement = (struct trust_requirement){
        .name = "thwart.json, \"keyrings\"",
        .needed = 1,
        .keyrings = gathering->keyrings,
        .keyring_count = host_count(gathering),
        .identities = &any_name,
        .identity_count = 1,
        .audit = !gathering->host_enforced,
        .of_host = true,
        .every_signature = true, /* each may say another name, and carry another claim */
    };
    return requirement;
}

/* names: the policy's selector goes by them. */
static void add_signatures(struct gathering *gathering, const struct policy_signatures *signatures,
                           bool names, bool audit)
{
    for (size_t i = 0; i < signatures->count; i++) {
        const struct trust_requirement *written = &signatures->items[i].requirement;
        struct trust_requirement *asked = arena_allocate(gathering->arena, sizeof(*asked));

        *asked = *written;
        asked->stands_for = written;
        asked->audit = audit || signatures->rule.audit;
        asked->every_signature = names;
        if (asked->document == NULL && asked->keyring_count == 0) {
            asked->keyrings = gathering->keyrings;
            asked->keyring_count = host_count(gathering);
        }
        gathering->requirements[gathering->requirement_count++] = asked;
    }
}

static void add_digests(struct gathering *gathering, const struct policy_words *digests)
{
    for (size_t i = 0; i < digests->count; i++)
        gathering->digests[gathering->digest_count++] = digests->items[i].text;
}

static void add_integrity(struct gathering *gathering, const struct policy_image *image, bool audit)
{
    const struct policy_integrity *integrity = &image->integrity;

    if (!integrity->rule.present || integrity->level == TRUST_NONE)
        return;
    if (integrity->level > gathering->level)
        gathering->level = integrity->level;
    if (integrity->level >= TRUST_BOUND_WALK && !integrity->once_per_boot)
        gathering->reread = true;
    if (!image->signature.rule.present && !image->digests.rule.present)
        want_host(gathering, audit || integrity->rule.audit);
}

static void add_policy(struct gathering *gathering, const struct policy_applied *applied)
{
    const struct policy *policy = applied->policy;
    const bool audit = applied->audit || policy->audit;

    if (policy->image.signature.rule.present)
        add_signatures(gathering, &policy->image.signature, policy_when_wants_name(&policy->when), audit);
    if (policy->image.digests.rule.present)
        add_digests(gathering, &policy->image.digests.words);
    add_integrity(gathering, &policy->image, audit);
    /* A policy that is extended, volunteered or the default applies whatever its selector says. */
    if (applied->role == POLICY_ROLE_MANDATORY && policy_when_wants_name(&policy->when) &&
        !policy->image.signature.rule.present)
        want_host(gathering, audit);
}

static void count_all(const struct policy_set *set, size_t *requirements, size_t *digests)
{
    *requirements = 1; /* the host's */
    *digests = 0;
    for (size_t i = 0; i < set->count; i++) {
        *requirements += set->items[i].policy->image.signature.count;
        *digests += set->items[i].policy->image.digests.words.count;
    }
}

/* Policies that will apply beside an issuer's claim. */
static size_t ceilings_of(const struct configuration *configuration, const char **ceilings)
{
    size_t count = 0;

    for (size_t i = 0; i < configuration->issuer_count; i++)
        if (configuration->issuers[i].ceiling != NULL)
            ceilings[count++] = configuration->issuers[i].ceiling;
    return count;
}

int policy_demand(const struct policy_library *library, const struct configuration *configuration,
                  const struct spec *spec, struct arena *arena, struct trust_demand *demand,
                  struct error *error)
{
    struct gathering gathering = {.configuration = configuration, .arena = arena};
    const bool claims = configuration->issuer_count > 0;
    const char **ceilings = arena_array(arena, configuration->issuer_count, sizeof(*ceilings));
    size_t requirements, digests;
    struct policy_set set;

    *demand = (struct trust_demand){0};
    if (policy_resolve_possible(library, spec, ceilings, ceilings_of(configuration, ceilings), arena, &set,
                                error) != 0)
        return -1;
    count_all(&set, &requirements, &digests);
    gathering.keyrings = host_keyrings(configuration, arena);
    gathering.requirements = arena_array(arena, requirements, sizeof(const struct trust_requirement *));
    gathering.digests = arena_array(arena, digests, sizeof(*gathering.digests));
    for (size_t i = 0; i < set.count; i++)
        add_policy(&gathering, &set.items[i]);
    for (size_t i = 0; i < set.waiver_count; i++)
        if (policy_when_wants_name(&set.waivers[i].when))
            want_host(&gathering, true);
    if (claims)
        want_host(&gathering, false);
    if (gathering.host && host_count(&gathering) > 0) {
        demand->namers = host_requirement(&gathering);
        gathering.requirements[gathering.requirement_count++] = demand->namers;
    }
    demand->requirements = gathering.requirements;
    demand->requirement_count = gathering.requirement_count;
    demand->digests = gathering.digests;
    demand->digest_count = gathering.digest_count;
    demand->level = gathering.level;
    demand->reread = gathering.reread;
    demand->claims = claims && gathering.requirement_count > 0;
    return 0;
}
