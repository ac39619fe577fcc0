/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What policies ask of images, and what they say to what is proven: recorded, and read by somebody.
 *
 * Usage: image_golden GOLDEN
 * GOLDEN/CASE/policies/NAME.json: mandatory policies, but for default.json, which is the default;
 * config.json: the configuration, which may be missing; trust.json: what was found out, written by hand:
 *   {"found", "digest", "level", "unsealed", "seal", "reason", "claimRefused",
 *    "differences": [{"kind": "missing"|"added"|"changed", "path", "what"}], "more": N,
 *    "verdicts": {"POLICY/N" or "host": {"met", "reason", "name", "seals": [...]}}}
 * expected.json: what was asked, which policies applied, and the decision. THWART_UPDATE_GOLDEN=1 writes it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "golden_files.h"
#include "policy/demand.h"
#include "policy/read.h"
#include "policy/resolve.h"
#include "trust/binding.h"

enum { DOCUMENT_MAX = 1 << 20, CASES_MIN = 10 };

static struct golden_tally tally;

struct scene {
    struct arena arena;
    struct policy_entry entries[8];
    struct policy_library library;
    const struct spec *spec;
    struct json_notes notes;
    struct trust_demand demand;
    struct trust trust;
    struct policy_set set;
    struct policy_decision decision;
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

/* ---- files ---- */

static void read_policies(struct scene *scene, const char *folder)
{
    size_t count;
    const char **files = golden_list(&scene->arena, folder, ".json", &count);

    scene->library = (struct policy_library){.items = scene->entries, .shipped = no_shipped};
    for (size_t i = 0; i < count && i < ARRAY_LENGTH(scene->entries); i++) {
        const bool is_default = strcmp(files[i], "default.json") == 0;
        struct policy_problems problems = {0};
        struct error error;
        size_t length;
        const char *path = arena_format(&scene->arena, "%s/%s", folder, files[i]);
        char *bytes = golden_read(&scene->arena, path, &length);

        if (policy_read(bytes, length, files[i], NULL, &scene->arena, &problems, &scene->entries[i].policy,
                        &error) != 0)
            golden_give_up(path, error.message);
        scene->entries[i].mandatory = !is_default;
        if (is_default)
            scene->library.default_policy = scene->entries[i].policy->name;
        scene->library.count++;
    }
}

static void read_configuration(struct scene *scene, const char *path)
{
    static const char plain[] = "{\"ociVersion\": \"1.0.2\", \"root\": {\"path\": \"rootfs\"}, \"process\": "
                                "{\"cwd\": \"/\", \"args\": [\"sh\"]}}";
    size_t length;
    const char *bytes = golden_read(&scene->arena, path, &length);
    struct error error;

    if (bytes == NULL) {
        bytes = plain;
        length = strlen(plain);
    }
    if (spec_parse(bytes, length, "config.json", &scene->arena, &scene->notes, &scene->spec, &error) != 0)
        golden_give_up(path, error.message);
}

/* ---- facts ---- */

static const char *text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = object != NULL ? json_member(object, key) : NULL;

    return value != NULL && value->type == JSON_STRING ? value->string.bytes : NULL;
}

static enum trust_level level_of(const char *path, const char *word)
{
    for (int level = TRUST_NONE; word != NULL && level <= TRUST_BOUND_VERITY; level++)
        if (strcmp(trust_level_name((enum trust_level)level), word) == 0)
            return (enum trust_level)level;
    if (word != NULL)
        golden_give_up(path, word);
    return TRUST_NONE;
}

static void set_differences(struct scene *scene, const struct json_value *facts)
{
    static const char *const kinds[] = {
        [TRUST_MISSING] = "missing", [TRUST_ADDED] = "added", [TRUST_CHANGED] = "changed"};
    const struct json_value *list = json_member(facts, "differences"), *more = json_member(facts, "more");
    struct trust_difference *differences;

    if (more != NULL)
        scene->trust.differences_more = strtoul(more->number.text, NULL, 10);
    if (list == NULL)
        return;
    differences = arena_array(&scene->arena, list->array.count, sizeof(*differences));
    for (size_t i = 0; i < list->array.count; i++) {
        const struct json_value *item = list->array.items[i];

        differences[i].path = text_of(item, "path");
        differences[i].what = text_of(item, "what");
        for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
            if (strcmp(kinds[k], text_of(item, "kind")) == 0)
                differences[i].kind = (enum trust_difference_kind)k;
    }
    scene->trust.differences = differences;
    scene->trust.difference_count = list->array.count;
}

/* "web/0": what was asked for the first requirement of the policy web. */
static const char *key_of(struct scene *scene, const struct trust_requirement *asked)
{
    for (size_t i = 0; i < scene->library.count; i++) {
        const struct policy *policy = scene->entries[i].policy;

        for (size_t k = 0; k < policy->image.signature.count; k++)
            if (trust_requirement_is(asked, &policy->image.signature.items[k].requirement))
                return arena_format(&scene->arena, "%s/%zu", policy->name, k);
    }
    return "host";
}

static void add_verdict(struct scene *scene, struct trust_verdict *verdict, struct trust_name *names,
                        const struct trust_requirement *asked, const struct json_value *fact)
{
    const struct json_value *met = json_member(fact, "met"), *seals = json_member(fact, "seals");

    *verdict = (struct trust_verdict){.requirement = asked,
                                      .met = met != NULL && met->boolean,
                                      .reason = text_of(fact, "reason"),
                                      .reference = text_of(fact, "name")};
    if (verdict->met && verdict->reference != NULL)
        names[scene->trust.name_count++] = (struct trust_name){verdict->reference, asked};
    if (seals != NULL) {
        const char **list = arena_array(&scene->arena, seals->array.count, sizeof(*list));

        for (size_t i = 0; i < seals->array.count; i++)
            list[i] = seals->array.items[i]->string.bytes;
        verdict->seals = list;
        verdict->seal_count = seals->array.count;
    }
}

/* A fact about something that nobody asked for is a mistake of the case. */
static void set_verdicts(struct scene *scene, const char *path, const struct json_value *facts)
{
    const struct json_value *verdicts = json_member(facts, "verdicts");
    const struct trust_demand *demand = &scene->demand;
    struct trust_verdict *all = arena_array(&scene->arena, demand->requirement_count, sizeof(*all));
    struct trust_name *names = arena_array(&scene->arena, demand->requirement_count, sizeof(*names));
    size_t used = 0;

    for (size_t i = 0; verdicts != NULL && i < demand->requirement_count; i++) {
        const char *key = key_of(scene, demand->requirements[i]);
        const struct json_value *fact = json_member(verdicts, key);

        if (fact == NULL)
            golden_give_up(path, arena_format(&scene->arena, "no verdict on %s", key));
        add_verdict(scene, &all[i], names, demand->requirements[i], fact);
        used++;
    }
    if (used != (verdicts != NULL ? verdicts->object.count : 0))
        golden_give_up(path, "verdicts that nobody asked for");
    scene->trust.verdicts = all;
    scene->trust.verdict_count = used;
    scene->trust.names = names;
}

static void read_facts(struct scene *scene, const char *path)
{
    const struct json_limits limits = {.comments = true};
    struct json_value *facts = NULL;
    struct error error;
    size_t length;
    const char *bytes = golden_read(&scene->arena, path, &length);

    scene->trust = trust_of_nothing();
    if (bytes == NULL)
        return;
    if (json_read(bytes, length, path, &limits, &scene->arena, &facts, &error) != 0)
        golden_give_up(path, error.message);
    if (text_of(facts, "found") != NULL)
        scene->trust.found = text_of(facts, "found");
    if (text_of(facts, "reason") != NULL)
        scene->trust.level_reason = text_of(facts, "reason");
    scene->trust.manifest_digest = text_of(facts, "digest");
    scene->trust.claim_refused = text_of(facts, "claimRefused");
    scene->trust.seal = text_of(facts, "seal");
    scene->trust.level = scene->trust.unsealed_level = level_of(path, text_of(facts, "level"));
    if (scene->trust.seal != NULL)
        scene->trust.unsealed_level = level_of(path, text_of(facts, "unsealed"));
    set_verdicts(scene, path, facts);
    set_differences(scene, facts);
}

/* ---- what comes of it ---- */

static void describe_demand(struct text *text, struct scene *scene)
{
    const struct trust_demand *demand = &scene->demand;

    text_append(text, "{\n  \"asked\": [");
    for (size_t i = 0; i < demand->requirement_count; i++) {
        const struct trust_requirement *asked = demand->requirements[i];

        text_append(text, i > 0 ? ", " : "");
        json_append_string(text, arena_format(&scene->arena, "%s%s: %s%s", key_of(scene, asked),
                                              asked->audit ? " (on trial)" : "",
                                              asked->document != NULL    ? asked->document
                                              : asked->keyring_count > 0 ? asked->keyrings[0].path
                                                                         : "no keys",
                                              asked->keyring_count > 1 ? " ..." : ""));
    }
    text_append_format(text, "],\n  \"level\": \"%s\", \"reread\": %s, \"digests\": %zu,\n  \"applied\": [",
                       trust_level_name(demand->level), demand->reread ? "true" : "false",
                       demand->digest_count);
    for (size_t i = 0; i < scene->set.count; i++) {
        text_append(text, i > 0 ? ", " : "");
        json_append_string(text, scene->set.items[i].policy->name);
    }
    text_append(text, "],\n");
}

static void describe_decision(struct text *text, struct scene *scene)
{
    char buffer[8192];
    struct text refusal = text_over(buffer, sizeof(buffer));

    text_append_format(text, "  \"refused\": %s,\n", scene->decision.refused ? "true" : "false");
    if (scene->decision.refused) {
        policy_refusal_text(&refusal, &scene->decision);
        text_append(text, "  \"message\": ");
        json_append_string(text, refusal.bytes);
        text_append(text, ",\n");
    }
    text_append(text, "  \"findings\": [");
    for (size_t i = 0; i < scene->decision.finding_count; i++) {
        text_append(text, i > 0 ? ",\n    " : "\n    ");
        policy_finding_encode(text, &scene->decision.findings[i]);
    }
    text_append(text, scene->decision.finding_count > 0 ? "\n  ]\n}\n" : "]\n}\n");
}

static void check_case(const char *folder, const char *name)
{
    struct scene scene = {0};
    cleanup_text struct text text = text_growing(DOCUMENT_MAX);
    const char *place = arena_format(&scene.arena, "%s/%s", folder, name);
    struct configuration configuration = configuration_default();
    const char *keyrings[] = {"/etc/thwart/keys/host.asc"};
    struct policy_observed observed = {.now_s = 1000000};
    struct error error;

    configuration.keyrings = (struct json_strings){keyrings, 1, true};
    read_policies(&scene, arena_format(&scene.arena, "%s/policies", place));
    read_configuration(&scene, arena_format(&scene.arena, "%s/config.json", place));
    if (policy_demand(&scene.library, &configuration, scene.spec, &scene.arena, &scene.demand, &error) != 0)
        golden_give_up(place, error.message);
    read_facts(&scene, arena_format(&scene.arena, "%s/trust.json", place));
    observed.notes = &scene.notes;
    if (policy_resolve(&scene.library, scene.spec, &scene.trust, &scene.arena, &scene.set, &error) != 0 ||
        policy_decide(scene.spec, &scene.trust, &scene.set, &observed, &scene.arena, &scene.decision,
                      &error) != 0)
        golden_give_up(place, error.message);
    describe_demand(&text, &scene);
    describe_decision(&text, &scene);
    if (text_complete(&text, place, &error) != 0)
        golden_give_up(place, error.message);
    golden_compare(&tally, arena_format(&scene.arena, "%s/expected.json", place), text.bytes);
    arena_free(&scene.arena);
}

int main(int count, char **arguments)
{
    struct dirent **entries = NULL;
    int cases;

    if (count != 2) {
        fprintf(stderr, "usage: image_golden GOLDEN\n");
        return EXIT_FAILURE;
    }
    cases = scandir(arguments[1], &entries, NULL, alphasort);
    if (cases < 0)
        golden_give_up(arguments[1], strerror(errno));
    for (int i = 0; i < cases; i++) {
        if (entries[i]->d_name[0] != '.')
            check_case(arguments[1], entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (tally.compared < CASES_MIN)
        golden_give_up(arguments[1], "too few cases: the wrong directory?");
    printf("%zu decisions about images compared, %zu differ\n", tally.compared, tally.wrong);
    return tally.wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
