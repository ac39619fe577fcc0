/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart.json's keys about proofs: "issuers", "policySignatures", "imageStores". */
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "base/text.h"
#include "policy/configuration_reader.h"
#include "trust/reference.h"

enum { SHOWN = 60, REVISION_MAX = 2147483647, NAME_LENGTH_MAX = 48 };

static const struct reader_bounds revision_bounds = {1, REVISION_MAX};

/* Keys are compared as gpg writes them. */
static void read_fingerprints(struct reader *reader, const struct reader_spot *spot, void *target,
                              const void *detail)
{
    struct json_strings *words = target;

    configuration_read_words(reader, spot, words, detail);
    for (size_t i = 0; i < words->count; i++) {
        char *word = arena_copy(reader->arena, words->items[i], strlen(words->items[i]));

        for (char *at = word; *at != '\0'; at++)
            if (*at >= 'a' && *at <= 'f')
                *at = (char)(*at - 'a' + 'A');
        words->items[i] = word;
    }
}

static bool read_revision(struct reader *reader, const struct reader_spot *spot, uint64_t *revision)
{
    uint32_t number = 0;

    reader_uint32(reader, spot, &number, &revision_bounds);
    *revision = number;
    return number > 0;
}

/* Call item for each member of an object whose keys are data. */
static void each_member(struct reader *reader, const struct reader_spot *spot, void *target,
                        void (*item)(struct reader *reader, const struct reader_spot *spot, const char *key,
                                     void *target))
{
    for (size_t i = 0; i < spot->value->object.count; i++) {
        const struct json_member *member = &spot->value->object.members[i];
        const struct json_place place = {.parent = spot->place, .key = member->key};
        const struct reader_spot inner = {&place, member->value, member->line, member->column};

        item(reader, &inner, member->key, target);
    }
}

/* ---- issuers ---- */

struct issuer {
    const char *name, *ceiling;
    struct json_strings fingerprints;
    struct trust_least_revision *least;
    size_t least_count;
};

/* It becomes part of a policy's name: "claim-by-acme". */
static bool check_issuer_name(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    size_t length = strlen(word);

    if (length > 0 && length <= NAME_LENGTH_MAX && *word != '-' &&
        strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == length)
        return true;
    reader_mistake(reader, spot,
                   "\"%.*s\" is no name of an issuer: 1 to %d of a-z, 0-9 and -, the first no -", SHOWN, word,
                   NAME_LENGTH_MAX);
    return false;
}

static const struct reader_word_kind issuer_name = {.what = "the name of an issuer",
                                                    .check = check_issuer_name};

static void read_least_of_repository(struct reader *reader, const struct reader_spot *spot, const char *key,
                                     void *target)
{
    struct issuer *issuer = target;
    struct trust_reference reference;
    struct error error = {0};
    uint64_t revision;

    if (trust_reference_parse(key, reader->arena, &reference, &error) != 0) {
        reader_mistake_at_key(reader, spot, "%s", error.message);
        return;
    }
    if (!trust_reference_is_name_only(&reference)) {
        reader_mistake_at_key(reader, spot, "\"%.*s\" has a tag or a digest: revisions are a repository's",
                              SHOWN, key);
        return;
    }
    for (size_t i = 0; i < issuer->least_count; i++)
        if (strcmp(issuer->least[i].repository, reference.repository) == 0) {
            reader_mistake_at_key(reader, spot, "%s is given twice", reference.repository);
            return;
        }
    if (read_revision(reader, spot, &revision))
        issuer->least[issuer->least_count++] =
            (struct trust_least_revision){.repository = reference.repository, .revision = revision};
}

/* N, or {REPOSITORY: N}. */
static void read_least_revision(struct reader *reader, const struct reader_spot *spot, void *target,
                                const void *detail)
{
    struct issuer *issuer = target;
    uint64_t revision;

    (void)detail;
    if (spot->value->type == JSON_OBJECT) {
        issuer->least = arena_array(reader->arena, spot->value->object.count, sizeof(*issuer->least));
        each_member(reader, spot, issuer, read_least_of_repository);
    } else if (spot->value->type != JSON_NUMBER) {
        reader_expected(reader, spot, "a revision, or an object of repositories and their revisions");
    } else if (read_revision(reader, spot, &revision)) {
        issuer->least = arena_array(reader->arena, 1, sizeof(*issuer->least));
        issuer->least[issuer->least_count++] = (struct trust_least_revision){.revision = revision};
    }
}

static const struct reader_key issuer_keys[] = {
    READER_KEY(struct issuer, name, "name", reader_word, &issuer_name, .required = true),
    READER_KEY(struct issuer, fingerprints, "fingerprints", read_fingerprints, &reader_fingerprint,
               .required = true),
    READER_KEY(struct issuer, ceiling, "ceiling", reader_word, &reader_policy_name),
    {.key = "leastRevision", .read = read_least_revision, .rule = READER_NO_RULE},
};
READER_TABLE(issuer_table, "an issuer", issuer_keys);

/* Two issuers of one key, or of one name, would be a question at each claim. */
static void check_issuer(struct reader *reader, const struct reader_spot *spot,
                         const struct trust_issuer *others, size_t count, const struct issuer *issuer)
{
    if (issuer->fingerprints.count == 0)
        reader_mistake(reader, spot, "an issuer without a fingerprint issues nothing");
    for (size_t i = 0; i < count; i++) {
        if (issuer->name != NULL && others[i].name != NULL && strcmp(others[i].name, issuer->name) == 0)
            reader_mistake(reader, spot, "there are two issuers \"%.*s\"", SHOWN, issuer->name);
        for (size_t f = 0; f < others[i].fingerprint_count; f++)
            for (size_t k = 0; k < issuer->fingerprints.count; k++)
                if (strcmp(others[i].fingerprints[f], issuer->fingerprints.items[k]) == 0)
                    reader_mistake(reader, spot, "the key %s is the issuer \"%.*s\"'s already",
                                   others[i].fingerprints[f], SHOWN,
                                   others[i].name != NULL ? others[i].name : "");
    }
}

static void read_issuer(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                        const void *detail)
{
    struct trust_issuer *issuers = target;
    const size_t mistakes = reader->mistakes;
    struct issuer issuer = {0};

    (void)detail;
    reader_object(reader, spot, &issuer_table, NULL, &issuer);
    if (reader->mistakes == mistakes)
        check_issuer(reader, spot, issuers, index, &issuer);
    issuers[index] = (struct trust_issuer){.name = issuer.name,
                                           .fingerprints = issuer.fingerprints.items,
                                           .fingerprint_count = issuer.fingerprints.count,
                                           .ceiling = issuer.ceiling,
                                           .least_revisions = issuer.least,
                                           .least_revision_count = issuer.least_count};
}

void configuration_read_issuers(struct reader *reader, const struct reader_spot *spot, void *target,
                                const void *detail)
{
    struct configuration *configuration = target;
    size_t count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 0;
    struct trust_issuer *issuers = arena_array(reader->arena, count, sizeof(*issuers));

    if (!reader_list(reader, spot, "a list of issuers", read_issuer, issuers, detail))
        return;
    configuration->issuers = issuers;
    configuration->issuer_count = count;
    configuration->issuers_line = spot->line;
    configuration->issuers_column = spot->column;
}

/* ---- policySignatures ---- */

static void read_least_of_policy(struct reader *reader, const struct reader_spot *spot, const char *key,
                                 void *target)
{
    struct configuration_policy_signatures *signatures = target;
    uint64_t revision;

    if (reader_word_ok(reader, spot, &reader_policy_name, key) && read_revision(reader, spot, &revision))
        signatures->least_revisions[signatures->least_revision_count++] =
            (struct configuration_least_revision){.name = key, .revision = revision};
}

static void read_least_of_policies(struct reader *reader, const struct reader_spot *spot, void *target,
                                   const void *detail)
{
    struct configuration_policy_signatures *signatures = target;

    (void)detail;
    if (spot->value->type != JSON_OBJECT) {
        reader_expected(reader, spot, "an object of policies' names and their revisions");
        return;
    }
    signatures->least_revisions =
        arena_array(reader->arena, spot->value->object.count, sizeof(*signatures->least_revisions));
    each_member(reader, spot, signatures, read_least_of_policy);
}

static const struct reader_key signatures_keys[] = {
    READER_KEY(struct configuration_policy_signatures, required, "required", reader_boolean, NULL),
    READER_KEY(struct configuration_policy_signatures, keyrings, "keyrings", configuration_read_words,
               &configuration_path),
    READER_KEY(struct configuration_policy_signatures, fingerprints, "fingerprints", read_fingerprints,
               &reader_fingerprint),
    {.key = "leastRevisions", .read = read_least_of_policies, .rule = READER_NO_RULE},
};
READER_TABLE(signatures_table, "policySignatures", signatures_keys);

/* An empty list of keys would mean any, or none: whichever was not meant. */
void configuration_read_policy_signatures(struct reader *reader, const struct reader_spot *spot, void *target,
                                          const void *detail)
{
    struct configuration_policy_signatures *signatures = target;
    const size_t mistakes = reader->mistakes;

    (void)detail;
    reader_object(reader, spot, &signatures_table, NULL, signatures);
    if (spot->value->type != JSON_OBJECT || reader->mistakes != mistakes)
        return;
    if (signatures->required && signatures->keyrings.count == 0)
        reader_mistake(reader, spot, "what must be signed needs \"keyrings\" with the keys that may");
    if (signatures->fingerprints.present && signatures->fingerprints.count == 0)
        reader_mistake(
            reader, spot,
            "\"fingerprints\" lists no key: leave it out where every key of the keyrings may sign");
}

/* ---- imageStores ---- */

static const struct reader_key store_keys[] = {
    READER_KEY(struct trust_places, containers_root, "containers", reader_word, &configuration_path),
    READER_KEY(struct trust_places, containerd_root, "containerd", reader_word, &configuration_path),
    READER_KEY(struct trust_places, docker_root, "docker", reader_word, &configuration_path),
    READER_KEY(struct trust_places, lookaside, "lookaside", reader_word, &configuration_path),
    READER_KEY(struct trust_places, registries_d, "registriesD", reader_word, &configuration_path),
};
const struct reader_table configuration_image_stores = {"imageStores", store_keys, ARRAY_LENGTH(store_keys)};

/* ---- between keys ---- */

void configuration_check_trust(struct reader *reader, void *target)
{
    const struct configuration *configuration = target;
    const struct json_place place = {.key = "issuers"};
    const uint32_t line = configuration->issuers_line, column = configuration->issuers_column;
    const struct json_value value = {.line = line, .column = column};
    const struct reader_spot spot = {&place, &value, line, column};

    if (configuration->issuer_count > 0 && configuration->keyrings.count == 0)
        reader_mistake(reader, &spot, "issuers need \"keyrings\" with their keys");
}
