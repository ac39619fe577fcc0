/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_question.h. */
#include "cli/image_question.h"

#include <string.h>
#include <time.h>
#include "container/gpg_helper.h"
#include "container/image_trust.h"
#include "container/observe_request.h"
#include "container/prepare.h"
#include "linux/host_probe.h"

enum { POLICY_BYTES_MAX = 4 * 1024 * 1024 };

#define COMMAND_LINE "the command line"

/* ---- the policy of the command line ---- */

static bool spells_out(const struct image_asking *asking)
{
    return asking->keys.count > 0 || asking->fingerprints.count > 0 || asking->identities.count > 0 ||
           asking->needed > 0 || asking->level != NULL || asking->max_age != NULL;
}

/* A word of containers-policy.json(5) stands for its object. */
static void append_identity(struct text *text, const char *identity)
{
    static const char *const types[] = {"matchExact", "matchRepoDigestOrExact", "matchRepository"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(identity, types[i]) == 0) {
            text_append_format(text, "{\"type\":\"%s\"}", identity);
            return;
        }
    json_append_string(text, identity);
}

static int append_keys(struct text *text, const struct image_asking *asking, struct arena *arena,
                       struct error *error)
{
    const char **paths = arena_array(arena, asking->keys.count, sizeof(*paths));

    for (size_t i = 0; i < asking->keys.count; i++)
        if (prepare_absolute(asking->keys.items[i], arena, &paths[i], error) != 0)
            return -1;
    if (asking->keys.count > 0)
        image_append_strings(text, "keys", paths, asking->keys.count);
    if (asking->fingerprints.count > 0)
        image_append_strings(text, "fingerprints", asking->fingerprints.items, asking->fingerprints.count);
    return 0;
}

static int write_policy(struct text *text, const struct image_asking *asking, struct arena *arena,
                        struct error *error)
{
    text_append(text, "{\"thwart\":1,\"name\":\"command-line\",\"image\":{\"signature\":{");
    text_append_format(text, "\"require\":%u",
                       asking->needed > 0               ? asking->needed
                       : asking->fingerprints.count > 0 ? (uint32_t)asking->fingerprints.count
                                                        : 1);
    if (append_keys(text, asking, arena, error) != 0)
        return -1;
    if (asking->identities.count > 0) {
        text_append(text, ",\"identity\":[");
        for (size_t i = 0; i < asking->identities.count; i++) {
            text_append(text, i > 0 ? "," : "");
            append_identity(text, asking->identities.items[i]);
        }
        text_append(text, "]");
    }
    image_append_member(text, "maxAge", asking->max_age);
    text_append(text, "}");
    image_append_member(text, "integrity", asking->level);
    text_append(text, "}}");
    return text_complete(text, COMMAND_LINE, error);
}

/* By name; the others are there as ceilings of issuers and bound nothing by themselves. */
static void add_entry(struct policy_library *library, const struct policy_entry *added, struct arena *arena)
{
    struct policy_entry *items = arena_array(arena, library->count + 1, sizeof(*items));
    size_t count = 0;
    bool done = false;

    for (size_t i = 0; i < library->count; i++) {
        const int order = strcmp(added->policy->name, library->items[i].policy->name);

        if (order <= 0 && !done) {
            items[count++] = *added;
            done = true;
        }
        if (order != 0)
            items[count++] = library->items[i];
    }
    if (!done)
        items[count++] = *added;
    library->items = items;
    library->count = count;
}

static int make_policy(const struct image_question *question, struct image_answer *answer,
                       struct error *error)
{
    struct arena *arena = question->invocation->arena;
    cleanup_text struct text text = text_growing(POLICY_BYTES_MAX);
    struct policies_request nobody_else = question->request;
    struct policy_entry entry = {.mandatory = true, .forced = true};
    struct policy_problems problems = {0};

    if (write_policy(&text, question->asking, arena, error) != 0 ||
        policy_read(arena_string(arena, text.bytes), text.length, COMMAND_LINE, NULL, arena, &problems,
                    &entry.policy, error) != 0)
        return -1;
    nobody_else.alone = true;
    nobody_else.named = (struct json_strings){0};
    if (policies_load(&nobody_else, arena, &answer->loaded, error) != 0)
        return -1;
    add_entry(&answer->loaded.library, &entry, arena);
    return 0;
}

/* ---- evidence ---- */

static int gather_root(const struct image_question *question, struct image_answer *answer,
                       const struct trust_places *places, bool rootless, struct error *error)
{
    const struct image_trust_request request = {
        .bundle = question->bundle,
        .root = question->root,
        .demand = &answer->demand,
        .configuration = &answer->loaded.configuration,
        .places = places,
        .spec = question->spec,
        .state_root = question->invocation->runtime->root,
        .rootless = rootless,
    };

    return image_trust_gather(&request, question->invocation->arena, &answer->trust, NULL, error);
}

static int gather_offer(const struct image_question *question, struct image_answer *answer,
                        const struct trust_places *places, struct error *error)
{
    cleanup_gpg_helper struct gpg_helper helper;
    const char *directory;
    struct trust_gpg gpg;

    if (image_state_root(question->invocation, &directory, error) != 0)
        return -1;
    gpg_helper_begin(&helper, directory);
    gpg = gpg_helper_of(&helper);
    const struct trust_inquiry inquiry = {
        .demand = &answer->demand,
        .offer = question->offer,
        .places = places,
        .gpg = &gpg,
        .issuers = answer->loaded.configuration.issuers,
        .issuer_count = answer->loaded.configuration.issuer_count,
        .now_s = time(NULL),
        .check_document = image_trust_check_document,
    };
    return trust_gather(&inquiry, question->invocation->arena, &answer->trust, error);
}

static int gather(const struct image_question *question, struct image_answer *answer, struct error *error)
{
    struct trust_places places;
    bool rootless;

    if (image_places(&answer->loaded.configuration, question->image, question->invocation->arena, &places,
                     &rootless, error) != 0)
        return -1;
    return question->offer != NULL ? gather_offer(question, answer, &places, error)
                                   : gather_root(question, answer, &places, rootless, error);
}

/* ---- the decision ---- */

/* Each policy's rules of images, and nothing else of it. Verdicts are found by the address of a requirement,
 * which stays the same. */
static void leave_images_alone(const struct image_question *question, struct policy_set *set)
{
    struct arena *arena = question->invocation->arena;
    struct policy_applied *items = arena_array(arena, set->count, sizeof(*items));

    for (size_t i = 0; i < set->count; i++) {
        const struct policy *policy = set->items[i].policy;
        struct policy *part = arena_allocate(arena, sizeof(*part));

        *part = (struct policy){
            .name = policy->name,
            .file = policy->file,
            .description = policy->description,
            .revision = policy->revision,
            .digest = policy->digest,
            .audit = policy->audit,
            .image = policy->image,
            .bounds_anything = true,
        };
        if (question->asking->signatures_alone)
            part->image.integrity = (struct policy_integrity){0};
        items[i] = set->items[i];
        items[i].policy = part;
    }
    set->items = items;
}

static int decide(const struct image_question *question, struct image_answer *answer, struct error *error)
{
    static const struct spec anything = {0};
    struct arena *arena = question->invocation->arena;
    struct policy_observed observed = {0};
    struct host_facts facts;

    if (policy_resolve(&answer->loaded.library, question->spec, &answer->trust, arena, &answer->set, error) !=
            0 ||
        host_probe(HOST_PROBE_QUICK, arena, &facts, error) != 0)
        return -1;
    leave_images_alone(question, &answer->set);
    observed.host = observe_policy_host(&facts, arena);
    return policy_decide(&anything, &answer->trust, &answer->set, &observed, arena, &answer->decision, error);
}

int image_ask(const struct image_question *question, struct image_answer *answer, struct error *error)
{
    struct arena *arena = question->invocation->arena;

    *answer = (struct image_answer){0};
    if (spells_out(question->asking)) {
        if (make_policy(question, answer, error) != 0)
            return -1;
    } else if (policies_load(&question->request, arena, &answer->loaded, error) != 0) {
        return -1;
    }
    if (policy_demand(&answer->loaded.library, &answer->loaded.configuration, question->spec, arena,
                      &answer->demand, error) != 0)
        return -1;
    if (question->asking->signatures_alone)
        answer->demand.level = TRUST_NONE;
    answer->nothing_asked = answer->demand.requirement_count == 0 && answer->demand.digest_count == 0;
    if (answer->nothing_asked)
        return 0;
    if (gather(question, answer, error) != 0)
        return -1;
    return decide(question, answer, error);
}
