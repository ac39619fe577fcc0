/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See evidence.h. */
#include "trust/evidence.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "trust/binding_ways.h"
#include "trust/judgement.h"
#include "trust/lookaside.h"
#include "trust/seal.h"

enum { ANSWERS_MAX = 256 };

/* What gpg said in this inquiry: requirements share keyrings, and names are judged one by one. */
struct answer {
    const struct trust_keyring *keyrings;
    size_t keyring_count;
    const void *signature;
    struct trust_gpg_answer said;
};

struct gathering {
    const struct trust_inquiry *inquiry;
    struct arena *arena;
    struct error *error;
    struct trust *trust;
    struct trust_image image;
    struct trust_chain chain;
    struct judging judging;
    struct trust_gpg gpg;
    struct answer *answers;
    size_t answer_count, answer_room;
    struct trust_verdict *verdicts;
    struct trust_signature *signatures; /* one a blob: the first that counted, or else the first */
    size_t signature_count, signature_room;
    const struct trust_signature **counting; /* of requirements that are met */
    size_t counting_count, counting_room;
    const struct trust_signature **claiming; /* those of them that not only policies on trial ask for */
    size_t claiming_count, claiming_room;
    struct trust_name *names;
    size_t name_room;
    bool vouched;
};

/* Room for one more. */
static void *grown(struct gathering *gathering, void *items, size_t count, size_t *room, size_t size)
{
    void *more;

    if (count < *room)
        return items;
    *room = *room * 2 + 8;
    more = arena_array(gathering->arena, *room, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

/* ---- gpg, asked once ---- */

static int ask_once(void *context, const struct trust_keyring *keyrings, size_t keyring_count,
                    const void *signature, size_t length, struct arena *arena,
                    struct trust_gpg_answer *answer, struct error *error)
{
    struct gathering *gathering = context;
    const struct trust_gpg *gpg = gathering->inquiry->gpg;

    for (size_t i = 0; i < gathering->answer_count; i++) {
        const struct answer *known = &gathering->answers[i];

        if (known->keyrings == keyrings && known->keyring_count == keyring_count &&
            known->signature == signature) {
            *answer = known->said;
            return 0;
        }
    }
    if (gpg->verify(gpg->context, keyrings, keyring_count, signature, length, arena, answer, error) != 0)
        return -1;
    if (gathering->answer_count == ANSWERS_MAX)
        return 0;
    gathering->answers = grown(gathering, gathering->answers, gathering->answer_count,
                               &gathering->answer_room, sizeof(*gathering->answers));
    gathering->answers[gathering->answer_count++] =
        (struct answer){keyrings, keyring_count, signature, *answer};
    return 0;
}

/* ---- names ---- */

/* By which names the image may go; a store can know one by a name that no registry could have. */
static void take_names(struct gathering *gathering)
{
    const struct trust_image *image = &gathering->image;
    size_t count = image->first_name_used && image->name_count > 0 ? 1 : image->name_count;
    const struct trust_reference **names = arena_array(gathering->arena, count + 1, sizeof(*names));
    size_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        struct trust_reference *name = arena_allocate(gathering->arena, sizeof(*name));
        struct error ignored;

        if (trust_reference_parse(image->names[i], gathering->arena, name, &ignored) == 0)
            names[taken++] = name;
    }
    gathering->judging.names = names;
    gathering->judging.name_count = taken > 0 ? taken : 1;
}

/* ---- requirements ---- */

static void show_signature(struct gathering *gathering, const struct trust_signature *signature)
{
    for (size_t i = 0; i < gathering->signature_count; i++) {
        struct trust_signature *shown = &gathering->signatures[i];

        if (strcmp(shown->where, signature->where) != 0)
            continue;
        if (shown->reason != NULL && signature->reason == NULL)
            *shown = *signature;
        return;
    }
    gathering->signatures = grown(gathering, gathering->signatures, gathering->signature_count,
                                  &gathering->signature_room, sizeof(*signature));
    gathering->signatures[gathering->signature_count++] = *signature;
}

static void count_signature(struct gathering *gathering, const struct trust_signature ***list, size_t *count,
                            size_t *room, const struct trust_signature *signature)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i]->where, signature->where) == 0)
            return;
    *list = grown(gathering, *list, *count, room, sizeof(**list));
    (*list)[(*count)++] = signature;
}

/* What only a policy on trial has looked at changes nothing: neither by a claim nor by one that is refused.
 */
static void take_judgement(struct gathering *gathering, const struct judgement *judgement, bool audit)
{
    for (size_t i = 0; i < judgement->signature_count; i++) {
        const struct trust_signature *signature = &judgement->signatures[i];

        show_signature(gathering, signature);
        if (!judgement->vouched || !signature->good || signature->reason != NULL)
            continue;
        count_signature(gathering, &gathering->counting, &gathering->counting_count,
                        &gathering->counting_room, signature);
        if (!audit)
            count_signature(gathering, &gathering->claiming, &gathering->claiming_count,
                            &gathering->claiming_room, signature);
    }
    gathering->vouched = gathering->vouched || judgement->vouched;
}

/* A list of files is signed by whom it is signed: it proves nothing to others. */
static void set_seals(struct gathering *gathering, struct judgement *judgement)
{
    const char **seals = arena_array(gathering->arena, judgement->signature_count, sizeof(*seals));
    size_t count = 0;

    for (size_t i = 0; judgement->vouched && i < judgement->signature_count; i++) {
        const struct trust_signature *signature = &judgement->signatures[i];

        if (signature->good && signature->reason == NULL && signature->seal != NULL)
            seals[count++] = signature->seal->digest;
    }
    judgement->verdict.seals = seals;
    judgement->verdict.seal_count = count;
}

static bool is_told(const struct gathering *gathering, const char *name,
                    const struct trust_requirement *requirement)
{
    for (size_t i = 0; i < gathering->trust->name_count; i++)
        if (gathering->names[i].by == requirement && strcmp(gathering->names[i].reference, name) == 0)
            return true;
    return false;
}

/* Each name that was signed, by whatever signature: who could choose among them would choose the policies
 * that select by name. One that is none was never accepted. */
static void tell_names(struct gathering *gathering, const struct trust_requirement *requirement,
                       const struct judgement *judgement)
{
    for (size_t i = 0; judgement->vouched && i < judgement->signature_count; i++) {
        const struct trust_signature *signature = &judgement->signatures[i];
        struct trust_reference name;
        struct error ignored;

        if (!signature->good || signature->reason != NULL ||
            trust_reference_parse(signature->reference, gathering->arena, &name, &ignored) != 0 ||
            is_told(gathering, name.text, requirement))
            continue;
        gathering->names = grown(gathering, gathering->names, gathering->trust->name_count,
                                 &gathering->name_room, sizeof(*gathering->names));
        gathering->names[gathering->trust->name_count++] = (struct trust_name){name.text, requirement};
    }
    gathering->trust->names = gathering->names;
}

static int judge_all(struct gathering *gathering)
{
    const struct trust_demand *demand = gathering->inquiry->demand;

    gathering->verdicts =
        arena_array(gathering->arena, demand->requirement_count, sizeof(*gathering->verdicts));
    for (size_t i = 0; i < demand->requirement_count; i++) {
        const struct trust_requirement *requirement = demand->requirements[i];
        struct judgement judgement = {0};
        struct error failure = {0};

        if (trust_judge(requirement, &gathering->judging, gathering->arena, &judgement, &failure) != 0) {
            if (!requirement->audit) {
                *gathering->error = failure;
                return -1;
            }
            judgement =
                (struct judgement){.verdict = {.requirement = requirement,
                                               .reason = arena_string(gathering->arena, failure.message)}};
        }
        set_seals(gathering, &judgement);
        tell_names(gathering, requirement, &judgement);
        gathering->verdicts[i] = judgement.verdict;
        take_judgement(gathering, &judgement, requirement->audit);
    }
    gathering->trust->verdicts = gathering->verdicts;
    gathering->trust->verdict_count = demand->requirement_count;
    gathering->trust->signatures = gathering->signatures;
    gathering->trust->signature_count = gathering->signature_count;
    return 0;
}

/* ---- what follows ---- */

static void admit_claims(struct gathering *gathering)
{
    const struct trust_inquiry *inquiry = gathering->inquiry;

    if (inquiry->demand->claims)
        trust_claims_admit(gathering->claiming, gathering->claiming_count, inquiry->issuers,
                           inquiry->issuer_count, inquiry->now_s, gathering->arena, gathering->trust);
}

static bool has_root_of_trust(const struct gathering *gathering)
{
    const struct trust_demand *demand = gathering->inquiry->demand;

    if (gathering->chain.broken != NULL)
        return false;
    for (size_t i = 0; i < demand->digest_count; i++)
        if (strcmp(demand->digests[i], gathering->chain.manifest_digest) == 0)
            return true;
    return gathering->vouched;
}

static const char *why_nobody_vouches(const struct gathering *gathering)
{
    const struct trust *trust = gathering->trust;

    if (gathering->chain.broken != NULL)
        return gathering->chain.broken;
    for (size_t i = 0; i < trust->verdict_count; i++)
        if (!trust->verdicts[i].met)
            return trust->verdicts[i].reason;
    return arena_format(gathering->arena, "nobody vouches for the manifest %s",
                        gathering->chain.manifest_digest);
}

static int tie_files(struct gathering *gathering)
{
    const struct binding_question question = {
        .inquiry = gathering->inquiry,
        .image = &gathering->image,
        .chain = &gathering->chain,
        .counting = gathering->counting,
        .counting_count = gathering->counting_count,
    };

    if (has_root_of_trust(gathering) && gathering->inquiry->offer != NULL) {
        gathering->trust->level = gathering->trust->unsealed_level = TRUST_MANIFEST_ONLY;
        gathering->trust->level_reason = "its files are not here yet";
        return 0;
    }
    if (has_root_of_trust(gathering))
        return trust_bind(&question, gathering->arena, gathering->trust, gathering->error);
    gathering->trust->level_reason = why_nobody_vouches(gathering);
    return 0;
}

static int look_at_offer(struct gathering *gathering)
{
    const struct trust_offer *offer = gathering->inquiry->offer;
    struct trust_image *image = &gathering->image;

    image->names = &offer->name;
    image->name_count = offer->name != NULL;
    image->signatures = offer->blobs;
    image->signature_count = offer->blob_count;
    if (offer->blob_count == 0 && image_add_lookaside_of(image, offer->digest, gathering->inquiry->places,
                                                         gathering->arena, gathering->error) != 0)
        return -1;
    gathering->chain.manifest_digest = offer->digest;
    gathering->trust->manifest_digest = offer->digest;
    return 0;
}

static int look(struct gathering *gathering)
{
    const struct trust_inquiry *inquiry = gathering->inquiry;
    struct trust_image *image = &gathering->image;
    struct trust_places places = inquiry->places != NULL ? *inquiry->places : (struct trust_places){0};

    places.signatures_only = inquiry->demand->level <= TRUST_MANIFEST_ONLY;
    if (trust_image_find(inquiry->root, &places, gathering->arena, image, gathering->error) != 0 ||
        trust_chain_of(image, gathering->arena, &gathering->chain, gathering->error) != 0)
        return -1;
    if (image->store != NULL)
        gathering->trust->found = arena_format(gathering->arena, "%s image %s", image->store, image->id);
    /* A digest that names other bytes than these would be one nobody should compare with. */
    if (gathering->chain.broken == NULL) {
        gathering->trust->manifest_digest = gathering->chain.manifest_digest;
        gathering->trust->config_digest = gathering->chain.config_digest;
    }
    return 0;
}

int trust_gather(const struct trust_inquiry *inquiry, struct arena *arena, struct trust *trust,
                 struct error *error)
{
    struct gathering gathering = {.inquiry = inquiry, .arena = arena, .error = error, .trust = trust};

    *trust = trust_of_nothing();
    if (trust_demand_is_empty(inquiry->demand))
        return 0;
    if ((inquiry->offer != NULL ? look_at_offer(&gathering) : look(&gathering)) != 0)
        return -1;
    gathering.gpg = (struct trust_gpg){.verify = ask_once, .context = &gathering};
    gathering.judging = (struct judging){
        .manifest_digest = gathering.chain.manifest_digest,
        .broken = gathering.chain.broken,
        .blobs = gathering.image.signatures,
        .blob_count = gathering.image.signature_count,
        .lookaside = gathering.image.lookaside,
        .gpg = &gathering.gpg,
        .now_s = inquiry->now_s,
        .check_document = inquiry->check_document,
    };
    take_names(&gathering);
    if (judge_all(&gathering) != 0)
        return -1;
    admit_claims(&gathering);
    return tie_files(&gathering);
}
