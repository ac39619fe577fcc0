/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "image.signature": who must have signed the image, as requirements that trust/ judges. */
#include "policy/reader.h"

#include <string.h>
#include <strings.h>
#include "base/glob.h"
#include "base/memory.h"
#include "trust/reference.h"

enum { SHOWN = 60, REQUIRE_MAX = 64, REQUIREMENTS_MAX = 64 };
#define CONTAINERS_POLICY "/etc/containers/policy.json"

struct identities {
    struct trust_identity_rule *items;
    size_t count;
};

/* A requirement as it is written. */
struct draft {
    uint32_t require; /* 0: not given */
    struct policy_words keys, fingerprints;
    struct identities identity;
    uint64_t max_age_s;
    const char *document;
};

/* ---- words ---- */

/* "policy.json" is the one that everybody has; target: const char *. */
static void read_document(struct reader *reader, const struct reader_spot *spot, void *target,
                          const void *detail)
{
    const char *word = reader_string(reader, spot, "\"policy.json\", or the absolute path of such a file");

    (void)detail;
    if (word == NULL)
        return;
    if (strcmp(word, "policy.json") == 0)
        *(const char **)target = CONTAINERS_POLICY;
    else if (*word != '/')
        reader_mistake(reader, spot,
                       "expected \"policy.json\", or the absolute path of such a file, found \"%.*s\"", SHOWN,
                       word);
    else if (reader_word_ok(reader, spot, &reader_path, word))
        *(const char **)target = word;
}

/* ---- identities ---- */

/* What containers-policy.json(5) has as signedIdentity. */
struct written_identity {
    const char *type, *members[4]; /* in the order of the table's rows */
};

static const struct reader_key identity_keys[] = {
    READER_KEY(struct written_identity, type, "type", reader_text, NULL, .required = true),
    READER_KEY(struct written_identity, members[0], "dockerReference", reader_text, NULL),
    READER_KEY(struct written_identity, members[1], "dockerRepository", reader_text, NULL),
    READER_KEY(struct written_identity, members[2], "prefix", reader_text, NULL),
    READER_KEY(struct written_identity, members[3], "signedPrefix", reader_text, NULL),
};
READER_TABLE(identity_table, "an identity", identity_keys);

static const char *find_member(const struct written_identity *written, const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(written->members); i++)
        if (strcmp(identity_keys[i + 1].key, name) == 0)
            return written->members[i];
    return NULL;
}

static bool is_of_type(const struct trust_identity_words *type, const char *member)
{
    return (type->name != NULL && strcmp(type->name, member) == 0) ||
           (type->prefix != NULL && strcmp(type->prefix, member) == 0);
}

/* Exactly the members of its type. */
static bool has_its_members(struct reader *reader, const struct reader_spot *spot,
                            const struct trust_identity_words *type)
{
    bool complete = true;

    for (size_t i = 1; i < ARRAY_LENGTH(identity_keys); i++) {
        const char *key = identity_keys[i].key;
        const bool given = json_member(spot->value, key) != NULL;

        if (given == is_of_type(type, key))
            continue;
        complete = false;
        reader_mistake(reader, spot, given ? "%s has no key \"%s\"" : "%s needs the key \"%s\"", type->word,
                       key);
    }
    return complete;
}

static void unknown_type(struct reader *reader, const struct reader_spot *spot, const char *type)
{
    const char *meant = reader_suggestion(reader, type, &trust_identity_types[0].word,
                                          trust_identity_type_count, sizeof(trust_identity_types[0]));

    reader_mistake(reader, spot, "\"%.*s\" is no type of identity%s", SHOWN, type,
                   meant != NULL ? reader_did_you_mean(reader, meant)
                                 : ": there are those of containers-policy.json(5), signedIdentity");
}

static void read_written_identity(struct reader *reader, const struct reader_spot *spot,
                                  struct identities *identities)
{
    struct written_identity written = {0};
    const size_t before = reader->mistakes;
    struct error error;

    reader_object(reader, spot, &identity_table, NULL, &written);
    if (reader->mistakes > before)
        return;
    for (size_t i = 0; i < trust_identity_type_count; i++) {
        const struct trust_identity_words *type = &trust_identity_types[i];
        const struct trust_identity_rule rule = {type->kind, find_member(&written, type->name),
                                                 find_member(&written, type->prefix)};

        if (strcmp(type->word, written.type) != 0)
            continue;
        if (!has_its_members(reader, spot, type))
            return;
        if (trust_identity_check(&rule, reader->arena, &error) != 0)
            reader_mistake(reader, spot, "%s", error.message);
        else
            identities->items[identities->count++] = rule;
        return;
    }
    unknown_type(reader, spot, written.type);
}

static void read_identity(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                          const void *detail)
{
    struct identities *identities = target;
    const char *pattern;

    (void)index;
    (void)detail;
    if (spot->value->type == JSON_OBJECT) {
        read_written_identity(reader, spot, identities);
        return;
    }
    pattern = reader_string(reader, spot, "a pattern of signed names, or an object with \"type\"");
    if (pattern != NULL && reader_word_ok(reader, spot, &reader_image_pattern, pattern))
        identities->items[identities->count++] =
            (struct trust_identity_rule){.kind = TRUST_MATCH_PATTERN, .name = pattern};
}

static void read_identities(struct reader *reader, const struct reader_spot *spot, void *target,
                            const void *detail)
{
    struct identities *identities = target;

    if (spot->value->type != JSON_ARRAY) {
        identities->items = arena_allocate(reader->arena, sizeof(*identities->items));
        read_identity(reader, spot, target, 0, detail);
        return;
    }
    identities->items = arena_array(reader->arena, spot->value->array.count, sizeof(*identities->items));
    reader_list(reader, spot, "a list of identities", read_identity, target, detail);
}

/* ---- one requirement ---- */

static const struct reader_bounds require_bounds = {1, REQUIRE_MAX};

static const struct reader_key draft_keys[] = {
    READER_KEY(struct draft, require, "require", reader_uint32, &require_bounds),
    READER_KEY(struct draft, keys, "keys", reader_words, &reader_path),
    READER_KEY(struct draft, fingerprints, "fingerprints", reader_words, &reader_fingerprint),
    READER_KEY(struct draft, identity, "identity", read_identities, NULL),
    READER_KEY(struct draft, max_age_s, "maxAge", reader_duration, NULL),
    READER_KEY(struct draft, document, "trust", read_document, NULL),
};
READER_TABLE(draft_table, "image.signature", draft_keys);

static struct reader_spot member_spot(const struct reader_spot *spot, const struct json_member *member,
                                      struct json_place *place)
{
    *place = (struct json_place){.parent = spot->place, .key = member->key};
    return (struct reader_spot){place, member->value, member->line, member->column};
}

/* An empty list would mean nobody to its author and everybody to the judge. And what policy.json says it says
 * whole. */
static void check_members(struct reader *reader, const struct reader_spot *spot)
{
    const bool has_document = json_member(spot->value, "trust") != NULL;

    for (size_t i = 0; i < spot->value->object.count; i++) {
        const struct json_member *member = &spot->value->object.members[i];
        struct json_place place;
        const struct reader_spot inner = member_spot(spot, member, &place);

        if (member->value->type == JSON_ARRAY && member->value->array.count == 0)
            reader_mistake(reader, &inner, "an empty list names nobody: leave \"%s\" out, or fill it",
                           member->key);
        if (has_document && strcmp(member->key, "trust") != 0 && !reader_is_modifier(member->key))
            reader_mistake_at_key(reader, &inner,
                                  "\"trust\" says which keys count, and for which names: \"%s\" cannot stand "
                                  "beside it",
                                  member->key);
    }
}

static void check_fingerprints(struct reader *reader, const struct reader_spot *spot,
                               const struct draft *draft)
{
    const struct json_value *list = json_member(spot->value, "fingerprints"),
                            *require = json_member(spot->value, "require");
    const struct json_place parent = {.parent = spot->place, .key = "fingerprints"};
    const struct policy_words *words = &draft->fingerprints;

    for (size_t i = 1; i < words->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct json_place place = {.parent = &parent, .index = i};
            const struct json_value value = {.line = words->items[i].line, .column = words->items[i].column};
            const struct reader_spot inner = {&place, &value, value.line, value.column};

            if (strcasecmp(words->items[i].text, words->items[k].text) == 0) {
                reader_mistake(reader, &inner, "this fingerprint is listed twice");
                break;
            }
        }
    if (list != NULL && list->type == JSON_ARRAY && words->count == list->array.count && words->count > 0 &&
        draft->require > words->count) {
        const struct json_place place = {.parent = spot->place, .key = "require"};
        const struct reader_spot inner = {&place, require, require->line, require->column};

        reader_mistake(reader, &inner, "%u of %zu keys can never have signed", draft->require, words->count);
    }
}

static const char *upper_case(const char *text, struct arena *arena)
{
    char *copy = arena_string(arena, text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'f')
            *at = (char)(*at - 'a' + 'A');
    return copy;
}

static void set_requirement(struct reader *reader, const struct draft *draft,
                            struct trust_requirement *requirement)
{
    struct trust_keyring *keyrings = arena_array(reader->arena, draft->keys.count, sizeof(*keyrings));
    const char **fingerprints = arena_array(reader->arena, draft->fingerprints.count, sizeof(*fingerprints));
    const size_t all = draft->fingerprints.count;

    for (size_t i = 0; i < draft->keys.count; i++)
        keyrings[i].path = draft->keys.items[i].text;
    for (size_t i = 0; i < all; i++)
        fingerprints[i] = upper_case(draft->fingerprints.items[i].text, reader->arena);
    *requirement = (struct trust_requirement){
        .document = draft->document,
        .keyrings = keyrings,
        .keyring_count = draft->keys.count,
        .fingerprints = fingerprints,
        .fingerprint_count = all,
        .identities = draft->identity.items,
        .identity_count = draft->identity.count,
        .max_age_s = draft->max_age_s,
    };
    if (draft->document != NULL)
        return;
    requirement->needed = draft->require != 0 ? draft->require : all > 0 ? (uint32_t)all : 1;
    requirement->each_fingerprint = all > 0 && requirement->needed == all;
}

static void read_requirement(struct reader *reader, const struct reader_spot *spot, struct policy_rule *rule,
                             struct policy_signatures *signatures)
{
    struct policy_signature *signature = &signatures->items[signatures->count++];
    struct draft draft = {0};

    *signature = (struct policy_signature){.line = spot->line, .column = spot->column};
    reader_object(reader, spot, &draft_table, rule, &draft);
    if (spot->value->type != JSON_OBJECT)
        return;
    check_members(reader, spot);
    check_fingerprints(reader, spot, &draft);
    set_requirement(reader, &draft, &signature->requirement);
}

static void read_item(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                      const void *detail)
{
    (void)index;
    (void)detail;
    read_requirement(reader, spot, NULL, target);
}

void reader_signatures(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    struct policy_signatures *signatures = target;
    const size_t count = spot->value->type == JSON_ARRAY ? spot->value->array.count : 1;

    (void)detail;
    if (count == 0 || count > REQUIREMENTS_MAX) {
        reader_mistake(reader, spot, "a list of 1 to %d requirements is needed", REQUIREMENTS_MAX);
        return;
    }
    signatures->items = arena_array(reader->arena, count, sizeof(*signatures->items));
    if (spot->value->type == JSON_ARRAY)
        reader_list(reader, spot, "a list", read_item, target, NULL);
    else
        read_requirement(reader, spot, &signatures->rule, signatures);
}

void reader_name_signatures(struct reader *reader, struct policy_signatures *signatures, const char *policy)
{
    for (size_t i = 0; i < signatures->count; i++)
        signatures->items[i].requirement.name =
            arena_format(reader->arena, "policy %s (%s:%u)", policy, reader->file, signatures->items[i].line);
}
