/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims: read while their signature is judged, opened only when it counted. */
#include "trust/claim.h"

#include <string.h>
#include <strings.h>
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "trust/reference.h"

enum { SHOWN = 60, REVISION_MAX = 2147483647 };

struct trust_claim {
    uint64_t revision;
    const char *begins, *ends; /* nbf, exp as they are written; NULL: not given */
    int64_t begins_s, ends_s;
    const struct json_value *policy;
};

/* ---- reading ---- */

static int mistake(struct error *error, uint32_t line, uint32_t column, const char *what, const char *word)
{
    return error_set(error, ERROR_INVALID, "its " TRUST_CLAIM_MEMBER " (line %u, column %u): %s%.*s", line,
                     column, what, SHOWN, word);
}

static int read_version(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    (void)claim;
    if (value->type != JSON_NUMBER || strcmp(value->number.text, "1") != 0)
        return mistake(error, value->line, value->column, "this thwart knows version 1 alone", "");
    return 0;
}

static int read_revision(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    if (value->type != JSON_NUMBER || !number_unsigned(value->number.text, REVISION_MAX, &claim->revision) ||
        claim->revision == 0)
        return mistake(error, value->line, value->column, "revision must be a whole number from 1 on", "");
    return 0;
}

static int read_time(const struct json_value *value, const char **text, int64_t *second, struct error *error)
{
    if (value->type != JSON_STRING)
        return mistake(error, value->line, value->column, "nbf and exp must be strings", "");
    if (!date_parse_time(value->string.bytes, second))
        return mistake(error, value->line, value->column,
                       "expected a day such as 2027-03-31 or a time such as 2027-03-31T12:00:00Z, found ",
                       value->string.bytes);
    *text = value->string.bytes;
    return 0;
}

static int read_begin(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    return read_time(value, &claim->begins, &claim->begins_s, error);
}

static int read_end(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    return read_time(value, &claim->ends, &claim->ends_s, error);
}

static int read_policy(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    if (value->type != JSON_OBJECT)
        return mistake(error, value->line, value->column, "policy must be an object", "");
    claim->policy = value;
    return 0;
}

static const struct claim_member {
    const char *key;
    int (*read)(const struct json_value *value, struct trust_claim *claim, struct error *error);
    bool required;
} claim_members[] = {
    {"version", read_version, true}, {"revision", read_revision, true}, {"nbf", read_begin, false},
    {"exp", read_end, false},        {"policy", read_policy, true},
};

static const struct claim_member *find_member(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(claim_members); i++)
        if (strcmp(claim_members[i].key, key) == 0)
            return &claim_members[i];
    return NULL;
}

static int read_members(const struct json_value *value, struct trust_claim *claim, struct error *error)
{
    for (size_t i = 0; i < value->object.count; i++) {
        const struct json_member *member = &value->object.members[i];
        const struct claim_member *known = find_member(member->key);

        if (known == NULL)
            return mistake(error, member->line, member->column, "there is no such member: ", member->key);
        if (known->read(member->value, claim, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(claim_members); i++)
        if (claim_members[i].required && json_member(value, claim_members[i].key) == NULL)
            return mistake(error, value->line, value->column, "it lacks ", claim_members[i].key);
    if (claim->begins != NULL && claim->ends != NULL && claim->begins_s >= claim->ends_s)
        return mistake(error, value->line, value->column, "it ends before it begins", "");
    return 0;
}

int trust_claim_read(const struct json_value *optional, struct arena *arena, const struct trust_claim **claim,
                     struct error *error)
{
    const struct json_value *value = optional != NULL ? json_member(optional, TRUST_CLAIM_MEMBER) : NULL;
    struct trust_claim *read;

    *claim = NULL;
    if (value == NULL)
        return 0;
    if (value->type != JSON_OBJECT)
        return mistake(error, value->line, value->column, "expected an object", "");
    read = arena_allocate(arena, sizeof(*read));
    *read = (struct trust_claim){0};
    if (read_members(value, read, error) != 0)
        return -1;
    *claim = read;
    return 0;
}

/* ---- admitting ---- */

static bool lists_key(const struct trust_issuer *issuer, const char *fingerprint)
{
    for (size_t i = 0; i < issuer->fingerprint_count; i++)
        if (strcasecmp(issuer->fingerprints[i], fingerprint) == 0)
            return true;
    return false;
}

/* Two issuers of one key would have two ceilings. */
static int find_issuer(const struct trust_signature *signature, const struct trust_issuer *issuers,
                       size_t count, const struct trust_issuer **found, struct error *error)
{
    *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!lists_key(&issuers[i], signature->fingerprint))
            continue;
        if (*found != NULL)
            return error_set(error, ERROR_UNTRUSTED,
                             "the key %s is listed for two issuers of claims, \"%s\" and \"%s\"",
                             signature->fingerprint, (*found)->name, issuers[i].name);
        *found = &issuers[i];
    }
    if (*found == NULL)
        return error_set(error, ERROR_UNTRUSTED,
                         "the claim in %s is signed by %s, who is none of the issuers in thwart.json",
                         signature->where, signature->fingerprint);
    return 0;
}

/* By the name that is signed: what the image is called elsewhere is the engine's word. */
static int check_revision(const struct trust_claim *claim, const struct trust_signature *signature,
                          const struct trust_issuer *issuer, struct arena *arena, const char **reference,
                          struct error *error)
{
    const struct trust_least_revision *least = NULL;
    struct trust_reference name;
    struct error odd;

    if (signature->reference == NULL || trust_reference_parse(signature->reference, arena, &name, &odd) != 0)
        return error_set(error, ERROR_UNTRUSTED, "the claim in %s is about no image that has a name",
                         signature->where);
    *reference = name.text;
    for (size_t i = 0; i < issuer->least_revision_count; i++) {
        const struct trust_least_revision *listed = &issuer->least_revisions[i];

        if (listed->repository == NULL ? least == NULL : strcmp(listed->repository, name.repository) == 0)
            least = listed;
    }
    if (least == NULL || claim->revision >= least->revision)
        return 0;
    return error_set(error, ERROR_UNTRUSTED,
                     "the claim of \"%s\" in %s has revision %llu, and %s must have at least %llu "
                     "(leastRevision in thwart.json): an older claim than one that was seen",
                     issuer->name, signature->where, (unsigned long long)claim->revision, name.repository,
                     (unsigned long long)least->revision);
}

static int check_times(const struct trust_claim *claim, const struct trust_signature *signature,
                       const struct trust_issuer *issuer, int64_t now_s, struct error *error)
{
    if (claim->begins != NULL && now_s < claim->begins_s)
        return error_set(error, ERROR_UNTRUSTED, "the claim of \"%s\" in %s is not in force before %s",
                         issuer->name, signature->where, claim->begins);
    if (claim->ends != NULL && now_s >= claim->ends_s)
        return error_set(error, ERROR_UNTRUSTED, "the claim of \"%s\" in %s ended on %s", issuer->name,
                         signature->where, claim->ends);
    return 0;
}

int trust_claim_admit(const struct trust_signature *signature, const struct trust_issuer *issuers,
                      size_t issuer_count, int64_t now_s, struct arena *arena,
                      struct trust_admitted *admitted, struct error *error)
{
    const struct trust_claim *claim = signature->claim;
    const struct trust_issuer *issuer;
    const char *reference;

    *admitted = (struct trust_admitted){0};
    if (claim == NULL)
        return error_set(error, ERROR_INVALID, "%s carries no claim", signature->where);
    if (!signature->good || signature->fingerprint == NULL || signature->reason != NULL)
        return error_set(error, ERROR_UNTRUSTED, "the claim in %s is not believed: %s", signature->where,
                         signature->reason != NULL ? signature->reason : "its signature is not good");
    if (find_issuer(signature, issuers, issuer_count, &issuer, error) != 0 ||
        check_times(claim, signature, issuer, now_s, error) != 0 ||
        check_revision(claim, signature, issuer, arena, &reference, error) != 0)
        return -1;
    *admitted = (struct trust_admitted){.issuer = issuer->name,
                                        .where = signature->where,
                                        .reference = reference,
                                        .policy = claim->policy,
                                        .ceiling = issuer->ceiling,
                                        .revision = claim->revision};
    return 0;
}

/* ---- several ---- */

struct bundle {
    const struct trust_signature *const *signatures;
    size_t count;
    const struct trust_issuer *issuers;
    size_t issuer_count;
    struct arena *arena;
};

static const struct trust_issuer *issuer_of(const struct bundle *bundle,
                                            const struct trust_signature *signature)
{
    const struct trust_issuer *issuer;
    struct error unknown;

    return find_issuer(signature, bundle->issuers, bundle->issuer_count, &issuer, &unknown) == 0 ? issuer
                                                                                                 : NULL;
}

static bool is_same_repository(const struct bundle *bundle, const char *one, const char *other)
{
    struct trust_reference first, second;
    struct error odd;

    return one != NULL && other != NULL && trust_reference_parse(one, bundle->arena, &first, &odd) == 0 &&
           trust_reference_parse(other, bundle->arena, &second, &odd) == 0 &&
           strcmp(first.repository, second.repository) == 0;
}

/* The author has said it anew since. */
static bool is_superseded(const struct bundle *bundle, const struct trust_signature *signature)
{
    const struct trust_issuer *issuer = issuer_of(bundle, signature);

    for (size_t i = 0; issuer != NULL && i < bundle->count; i++) {
        const struct trust_signature *other = bundle->signatures[i];

        if (other->claim != NULL && other->claim->revision > signature->claim->revision &&
            issuer_of(bundle, other) == issuer &&
            is_same_repository(bundle, other->reference, signature->reference))
            return true;
    }
    return false;
}

void trust_claims_admit(const struct trust_signature *const *signatures, size_t count,
                        const struct trust_issuer *issuers, size_t issuer_count, int64_t now_s,
                        struct arena *arena, struct trust *trust)
{
    const struct bundle bundle = {signatures, count, issuers, issuer_count, arena};
    struct trust_admitted *claims = arena_array(arena, count, sizeof(*claims));
    struct error error;

    trust->claims = claims;
    trust->claim_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (signatures[i]->claim == NULL || is_superseded(&bundle, signatures[i]))
            continue;
        if (trust_claim_admit(signatures[i], issuers, issuer_count, now_s, arena, &claims[trust->claim_count],
                              &error) == 0)
            trust->claim_count++;
        else if (trust->claim_refused == NULL)
            trust->claim_refused = arena_string(arena, error.message);
    }
}
