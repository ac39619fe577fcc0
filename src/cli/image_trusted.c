/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_trusted.h. */
#include "cli/image_trusted.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include "base/date.h"
#include "base/descriptor.h"
#include "container/image_trust.h"
#include "container/prepare.h"
#include "container/timestamp.h"
#include "policy/demand.h"
#include "trust/containers_policy.h"
#include "trust/lookaside.h"

enum { WORDS_MAX = 4096, DOCUMENT_BYTES_MAX = 4 * 1024 * 1024, KEYRINGS_MAX = 256, DOCUMENTS_MAX = 64 };

struct gathering {
    const struct invocation *invocation;
    struct arena *arena;
    struct trusted *trusted;
    struct policies loaded;
    const struct trust_reference *reference;
};

void image_day(int64_t second, char day[IMAGE_DAY_SIZE])
{
    char stamp[TIMESTAMP_SIZE];

    timestamp_format(&(struct timespec){.tv_sec = second}, stamp);
    (void)text_print(day, IMAGE_DAY_SIZE, "%.10s", stamp);
}

/* ---- words ---- */

static void append_identity(struct text *text, const struct trust_identity_rule *rule)
{
    switch (rule->kind) {
    case TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT:
        text_append(text, "its own name (or its repository, when it is known by digest)");
        return;
    case TRUST_MATCH_EXACT:
        text_append(text, "exactly its own name");
        return;
    case TRUST_MATCH_REPOSITORY:
        text_append(text, "its own repository");
        return;
    case TRUST_EXACT_REFERENCE:
        text_append(text, rule->name);
        return;
    case TRUST_EXACT_REPOSITORY:
        text_append_format(text, "the repository %s", rule->name);
        return;
    case TRUST_REMAP_IDENTITY:
        text_append_format(text, "its own name with %s in place of %s", rule->name, rule->prefix);
        return;
    case TRUST_MATCH_PATTERN:
        text_append_format(text, "a name like %s", rule->name);
        return;
    }
}

static void append_keyrings(struct text *text, const struct trust_requirement *requirement)
{
    text_append(text, requirement->keyring_count == 0 ? " of thwart.json's keyrings" : " of ");
    for (size_t i = 0; i < requirement->keyring_count; i++)
        text_append_format(text, "%s%s", i > 0 ? ", " : "",
                           requirement->keyrings[i].path != NULL ? requirement->keyrings[i].path
                                                                 : "keys in the document");
}

static void append_age(struct text *text, uint64_t age_s)
{
    const bool days = age_s % DATE_DAY_S == 0;
    const uint64_t number = days ? age_s / DATE_DAY_S : age_s;

    text_append(text, ", at most ");
    text_append_unsigned(text, number);
    text_append_format(text, " %s%s old", days ? "day" : "second", number == 1 ? "" : "s");
}

const char *image_requirement_words(const struct trust_requirement *requirement, struct arena *arena)
{
    char words[WORDS_MAX];
    struct text text = text_over(words, sizeof(words));

    if (requirement->document != NULL)
        return arena_format(arena, "what %s asks of its scope", requirement->document);
    if (requirement->needed == 1)
        text_append(&text, "a signature by a key");
    else
        text_append_format(&text, "signatures by %u different keys", requirement->needed);
    append_keyrings(&text, requirement);
    for (size_t i = 0; i < requirement->fingerprint_count; i++)
        text_append_format(&text, "%s%s", i == 0 ? ", out of " : ", ", requirement->fingerprints[i]);
    text_append(&text, ", for ");
    if (requirement->identity_count == 0)
        append_identity(&text, &(struct trust_identity_rule){0});
    for (size_t i = 0; i < requirement->identity_count; i++) {
        text_append(&text, i > 0 ? " or " : "");
        append_identity(&text, &requirement->identities[i]);
    }
    if (requirement->max_age_s > 0)
        append_age(&text, requirement->max_age_s);
    return arena_string(arena, words);
}

/* ---- keyrings and documents, each once ---- */

static void add_keyring(struct gathering *gathering, const char *path, const char *user)
{
    struct trusted *trusted = gathering->trusted;
    struct trusted_keyring *keyring = NULL;

    if (path == NULL)
        return;
    for (size_t i = 0; i < trusted->keyring_count && keyring == NULL; i++)
        if (strcmp(trusted->keyrings[i].path, path) == 0)
            keyring = &trusted->keyrings[i];
    if (keyring == NULL && trusted->keyring_count == KEYRINGS_MAX)
        return;
    if (keyring == NULL) {
        keyring = &trusted->keyrings[trusted->keyring_count++];
        *keyring = (struct trusted_keyring){
            .path = path,
            .used_by.items = arena_array(gathering->arena, KEYRINGS_MAX, sizeof(const char *)),
        };
    }
    for (size_t i = 0; i < keyring->used_by.count; i++)
        if (strcmp(keyring->used_by.items[i], user) == 0)
            return;
    if (keyring->used_by.count < KEYRINGS_MAX)
        keyring->used_by.items[keyring->used_by.count++] = user;
}

static void add_keyrings_of(struct gathering *gathering, const struct trust_requirement *requirement,
                            const char *user)
{
    for (size_t i = 0; i < requirement->keyring_count; i++)
        add_keyring(gathering, requirement->keyrings[i].path, user);
}

static void break_down(struct trusted *trusted, const struct error *error)
{
    const int status = exit_status_for(EXIT_FAMILY_PROOF, error->kind);

    if (status > trusted->status)
        trusted->status = status;
}

static int read_document(struct gathering *gathering, const char *path, struct trust_policy *policy,
                         struct error *error)
{
    size_t length;
    char *bytes;

    if (image_trust_check_document(path, error) != 0 ||
        prepare_read_document(AT_FDCWD, path, path, DOCUMENT_BYTES_MAX, gathering->arena, &bytes, &length,
                              error) != 0)
        return -1;
    return trust_policy_parse(bytes, length, path, gathering->arena, policy, error);
}

static void add_scope(struct gathering *gathering, struct trusted_document *document,
                      const struct trust_policy *policy, const struct trust_policy_scope *scope)
{
    const char *words = trust_policy_explain(policy, scope, gathering->arena);

    for (size_t i = 0; i < scope->count; i++) {
        const struct trust_policy_requirement *line = &scope->requirements[i];

        if (line->kind != TRUST_POLICY_SIGNED_BY)
            continue;
        words = arena_format(gathering->arena, "%s: %s", words,
                             image_requirement_words(&line->signed_by, gathering->arena));
        add_keyrings_of(gathering, &line->signed_by,
                        arena_format(gathering->arena, "%s:%u", document->path, scope->line));
    }
    document->scopes.items[document->scopes.count++] = words;
}

static void add_document(struct gathering *gathering, const char *path)
{
    struct trusted *trusted = gathering->trusted;
    struct trusted_document *document;
    struct trust_policy policy = {0};
    struct error error = {0};

    for (size_t i = 0; i < trusted->document_count; i++)
        if (strcmp(trusted->documents[i].path, path) == 0)
            return;
    if (trusted->document_count == DOCUMENTS_MAX)
        return;
    document = &trusted->documents[trusted->document_count++];
    *document = (struct trusted_document){.path = path};
    if (read_document(gathering, path, &policy, &error) != 0) {
        document->problem = arena_string(gathering->arena, error.message);
        break_down(trusted, &error);
        return;
    }
    document->scopes.items = arena_array(gathering->arena, policy.scope_count + 1, sizeof(const char *));
    if (gathering->reference != NULL) {
        add_scope(gathering, document, &policy,
                  trust_policy_match(&policy, gathering->reference, gathering->arena));
        return;
    }
    add_scope(gathering, document, &policy, &policy.fallback);
    for (size_t i = 0; i < policy.scope_count; i++)
        add_scope(gathering, document, &policy, &policy.scopes[i]);
}

/* ---- policies ---- */

static const char *on_trial(bool audit)
{
    return audit ? " (on trial: reports, and refuses nobody)" : "";
}

static void add_signatures(struct gathering *gathering, struct trusted_policy *policy)
{
    const struct policy_signatures *signatures = &policy->policy->image.signature;
    const char *user = arena_format(gathering->arena, "policy %s", policy->policy->name);

    for (size_t i = 0; i < signatures->count; i++) {
        const struct trust_requirement *requirement = &signatures->items[i].requirement;

        policy->demands.items[policy->demands.count++] = arena_format(
            gathering->arena, "%s%s (line %u)", image_requirement_words(requirement, gathering->arena),
            on_trial(policy->audit || signatures->rule.audit), signatures->items[i].line);
        add_keyrings_of(gathering, requirement, user);
        if (requirement->document != NULL)
            add_document(gathering, requirement->document);
    }
}

static void add_rest(struct gathering *gathering, struct trusted_policy *policy)
{
    const struct policy_image *image = &policy->policy->image;

    if (image->digests.rule.present)
        policy->demands.items[policy->demands.count++] = arena_format(
            gathering->arena, "one of %zu manifests, by digest%s (line %u)", image->digests.words.count,
            on_trial(policy->audit || image->digests.rule.audit), image->digests.rule.line);
    if (image->integrity.rule.present)
        policy->demands.items[policy->demands.count++] =
            arena_format(gathering->arena, "the level %s or higher%s%s (line %u)",
                         trust_level_name(image->integrity.level),
                         image->integrity.once_per_boot ? ", found out once per boot" : "",
                         on_trial(policy->audit || image->integrity.rule.audit), image->integrity.rule.line);
}

static bool asks_for_something(const struct policy *policy)
{
    return policy->image.signature.rule.present || policy->image.digests.rule.present ||
           policy->image.integrity.rule.present;
}

static void add_policy(struct gathering *gathering, const struct policy *policy, bool audit)
{
    struct trusted *trusted = gathering->trusted;
    struct trusted_policy *shown;

    if (!asks_for_something(policy))
        return;
    for (size_t i = 0; i < trusted->policy_count; i++)
        if (trusted->policies[i].policy == policy)
            return;
    shown = &trusted->policies[trusted->policy_count++];
    *shown = (struct trusted_policy){
        .policy = policy,
        .audit = audit || policy->audit,
        .title = arena_format(gathering->arena, "%s (%s)%s", policy->name, policy->file,
                              policy->when.present && gathering->reference == NULL
                                  ? ", of those containers that its selector chooses"
                                  : ""),
        .demands.items =
            arena_array(gathering->arena, policy->image.signature.count + 2, sizeof(const char *)),
    };
    add_signatures(gathering, shown);
    add_rest(gathering, shown);
}

/* As if every key that is asked for had signed this name. */
static struct trust as_if_signed(const struct gathering *gathering, const struct trust_demand *demand)
{
    struct trust trust = trust_of_nothing();
    struct trust_name *names = arena_array(gathering->arena, demand->requirement_count, sizeof(*names));

    for (size_t i = 0; i < demand->requirement_count; i++)
        names[i] = (struct trust_name){gathering->reference->text, demand->requirements[i]};
    trust.names = names;
    trust.name_count = demand->requirement_count;
    return trust;
}

static int add_policies(struct gathering *gathering, struct error *error)
{
    static const struct spec anything = {0};
    const struct policy_library *library = &gathering->loaded.library;
    struct trusted *trusted = gathering->trusted;
    struct policy_set set;

    if (gathering->reference == NULL) {
        if (policy_resolve_possible(library, &anything, NULL, 0, gathering->arena, &set, error) != 0)
            return -1;
    } else {
        struct trust_demand demand;
        struct trust trust;

        if (policy_demand(library, &gathering->loaded.configuration, &anything, gathering->arena, &demand,
                          error) != 0)
            return -1;
        trust = as_if_signed(gathering, &demand);
        if (policy_resolve(library, &anything, &trust, gathering->arena, &set, error) != 0)
            return -1;
    }
    trusted->policies = arena_array(gathering->arena, set.count + library->count, sizeof(*trusted->policies));
    for (size_t i = 0; i < set.count; i++)
        add_policy(gathering, set.items[i].policy, set.items[i].audit);
    for (size_t i = 0; gathering->reference == NULL && i < library->count; i++)
        add_policy(gathering, library->items[i].policy, false);
    return 0;
}

/* ---- all together ---- */

static void add_host(struct gathering *gathering)
{
    const struct configuration *configuration = &gathering->loaded.configuration;

    for (size_t i = 0; i < configuration->keyrings.count; i++)
        add_keyring(gathering, configuration->keyrings.items[i], "thwart.json: keyrings");
    gathering->trusted->issuers = configuration->issuers;
    gathering->trusted->issuer_count = configuration->issuer_count;
    for (size_t i = 0; gathering->reference == NULL && i < configuration->policy_signatures.keyrings.count;
         i++)
        add_keyring(gathering, configuration->policy_signatures.keyrings.items[i],
                    "thwart.json: policySignatures");
}

static int read_keyrings(struct gathering *gathering, struct error *error)
{
    struct trusted *trusted = gathering->trusted;
    cleanup_gpg_helper struct gpg_helper gpg;
    const char *directory;

    if (image_state_root(gathering->invocation, &directory, error) != 0)
        return -1;
    gpg_helper_begin(&gpg, directory);
    for (size_t i = 0; i < trusted->keyring_count; i++) {
        struct trusted_keyring *keyring = &trusted->keyrings[i];
        const struct trust_keyring asked = {.path = keyring->path};
        struct error problem = {0};

        if (gpg_helper_keys(&gpg, &asked, 1, gathering->arena, &keyring->keys, &keyring->key_count,
                            &problem) == 0)
            continue;
        keyring->problem = arena_string(gathering->arena, problem.message);
        break_down(trusted, &problem);
    }
    return 0;
}

static int find_lookaside(struct gathering *gathering, struct error *error)
{
    struct trust_image image = {.names = &gathering->reference->text, .name_count = 1};
    struct trust_places places;
    bool rootless;

    if (image_places(&gathering->loaded.configuration, NULL, gathering->arena, &places, &rootless, error) !=
            0 ||
        image_add_lookaside_of(&image, gathering->reference->digest, &places, gathering->arena, error) != 0)
        return -1;
    gathering->trusted->lookaside = image.lookaside;
    return 0;
}

static int take_reference(struct gathering *gathering, const char *text, struct error *error)
{
    struct trust_reference *reference = arena_allocate(gathering->arena, sizeof(*reference));

    if (trust_reference_parse(text, gathering->arena, reference, error) != 0)
        return -1;
    gathering->reference = reference;
    gathering->trusted->reference = reference->text;
    return 0;
}

int image_trusted(const struct invocation *invocation, const struct policies_request *request,
                  const struct json_strings *keyrings, const char *reference, struct trusted *trusted,
                  struct error *error)
{
    struct gathering gathering = {.invocation = invocation, .arena = invocation->arena, .trusted = trusted};

    *trusted = (struct trusted){
        .keyrings = arena_array(gathering.arena, KEYRINGS_MAX, sizeof(*trusted->keyrings)),
        .documents = arena_array(gathering.arena, DOCUMENTS_MAX, sizeof(*trusted->documents)),
        .keyrings_alone = keyrings->count > 0,
    };
    if (trusted->keyrings_alone) {
        for (size_t i = 0; i < keyrings->count; i++) {
            const char *path;

            if (prepare_absolute(keyrings->items[i], gathering.arena, &path, error) != 0)
                return -1;
            add_keyring(&gathering, path, "the command line");
        }
        return read_keyrings(&gathering, error);
    }
    if ((reference != NULL && take_reference(&gathering, reference, error) != 0) ||
        policies_load(request, gathering.arena, &gathering.loaded, error) != 0)
        return -1;
    add_host(&gathering);
    if (add_policies(&gathering, error) != 0 || read_keyrings(&gathering, error) != 0)
        return -1;
    if (gathering.reference != NULL && gathering.reference->digest != NULL)
        return find_lookaside(&gathering, error);
    return 0;
}
