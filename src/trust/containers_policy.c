/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See containers_policy.h. */
#include "trust/containers_policy.h"

#include "base/base64.h"
#include "base/memory.h"
#include "base/text.h"
#include "json/json.h"
#include "trust/policy_scopes.h"
#include "trust/scopes.h"

enum { SCOPES_MAX = 100000, LIST_MAX = 1024, KEY_DATA_MAX = 4 * 1024 * 1024 };

struct reading {
    const char *name;
    struct arena *arena;
    struct error *error;
};

static int fail(const struct reading *reading, const struct json_value *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct reading *reading, const struct json_value *at, const char *format, ...)
{
    char words[1024];
    struct text text = text_over(words, sizeof(words));
    va_list arguments;

    va_start(arguments, format);
    text_append_format_list(&text, format, arguments);
    va_end(arguments);
    return error_set(reading->error, ERROR_INVALID, "%s:%u:%u: %s", reading->name, at->line, at->column,
                     words);
}

/* An object with no other members than these (NULL-terminated). */
static int check_members(const struct reading *reading, const struct json_value *object, const char *what,
                         const char *const *known)
{
    if (object->type != JSON_OBJECT)
        return fail(reading, object, "%s is an object, not %s", what, json_type_name(object->type));
    for (size_t i = 0; i < object->object.count; i++) {
        const char *const *word = known;

        while (*word != NULL && strcmp(*word, object->object.members[i].key) != 0)
            word++;
        if (*word == NULL)
            return fail(reading, object->object.members[i].value, "%s has no member \"%s\"", what,
                        object->object.members[i].key);
    }
    return 0;
}

/* A text member. required: it must be there, and not be empty. *text NULL: absent. */
static int read_text(const struct reading *reading, const struct json_value *object, const char *key,
                     bool required, const char **text)
{
    const struct json_value *value = json_member(object, key);

    *text = NULL;
    if (value == NULL)
        return required ? fail(reading, object, "\"%s\" is missing", key) : 0;
    if (value->type != JSON_STRING)
        return fail(reading, value, "\"%s\" is a string, not %s", key, json_type_name(value->type));
    if (value->string.length == 0)
        return fail(reading, value, "\"%s\" is empty", key);
    *text = value->string.bytes;
    return 0;
}

static int check_identity(const struct reading *reading, const struct json_value *value,
                          const struct trust_identity_rule *rule)
{
    struct error reason;

    return trust_identity_check(rule, reading->arena, &reason) == 0
               ? 0
               : fail(reading, value, "%s", reason.message);
}

/* signedIdentity: each type with exactly its members, all of them. */
static int read_identity(const struct reading *reading, const struct json_value *value,
                         struct trust_identity_rule *rule)
{
    const char *word;

    if (value->type != JSON_OBJECT)
        return fail(reading, value, "a match is an object, not %s", json_type_name(value->type));
    if (read_text(reading, value, "type", true, &word) < 0)
        return -1;
    for (size_t i = 0; i < trust_identity_type_count; i++) {
        const struct trust_identity_words *type = &trust_identity_types[i];
        const char *const known[] = {"type", type->name != NULL ? type->name : type->prefix, type->prefix,
                                     NULL};

        if (strcmp(type->word, word) != 0)
            continue;
        *rule = (struct trust_identity_rule){.kind = type->kind};
        if (check_members(reading, value, word, known) < 0 ||
            (type->name != NULL && read_text(reading, value, type->name, true, &rule->name) < 0) ||
            (type->prefix != NULL && read_text(reading, value, type->prefix, true, &rule->prefix) < 0))
            return -1;
        return check_identity(reading, value, rule);
    }
    return fail(reading, value, "\"%s\" is no kind of match", word);
}

static int read_key_path(const struct reading *reading, const struct json_value *value,
                         struct trust_keyring *keyring)
{
    if (value->type != JSON_STRING || value->string.bytes[0] != '/')
        return fail(reading, value, "the path of a key is an absolute path");
    *keyring = (struct trust_keyring){.path = value->string.bytes};
    return 0;
}

static int read_key_data(const struct reading *reading, const struct json_value *value,
                         struct trust_keyring *keyring)
{
    *keyring = (struct trust_keyring){0};
    if (value->type == JSON_STRING && value->string.length <= KEY_DATA_MAX)
        keyring->bytes =
            base64_decode(value->string.bytes, value->string.length, reading->arena, &keyring->length);
    if (keyring->bytes == NULL || keyring->length == 0)
        return fail(reading, value, "keyData is not the base64 of a key");
    return 0;
}

/* Exactly one of keyPath, keyPaths, keyData. */
static int read_keys(const struct reading *reading, const struct json_value *object,
                     struct trust_requirement *requirement)
{
    const struct json_value *path = json_member(object, "keyPath"), *paths = json_member(object, "keyPaths"),
                            *data = json_member(object, "keyData");
    struct trust_keyring *keyrings;
    size_t count = 1;

    if ((path != NULL) + (paths != NULL) + (data != NULL) != 1)
        return fail(reading, object, "exactly one of keyPath, keyPaths and keyData is needed");
    if (paths != NULL) {
        if (paths->type != JSON_ARRAY || paths->array.count == 0 || paths->array.count > LIST_MAX)
            return fail(reading, paths, "keyPaths is a list of 1 to %d paths", LIST_MAX);
        count = paths->array.count;
    }
    keyrings = arena_array(reading->arena, count, sizeof(*keyrings));
    if (path != NULL && read_key_path(reading, path, keyrings) < 0)
        return -1;
    if (data != NULL && read_key_data(reading, data, keyrings) < 0)
        return -1;
    for (size_t i = 0; paths != NULL && i < count; i++)
        if (read_key_path(reading, paths->array.items[i], &keyrings[i]) < 0)
            return -1;
    requirement->keyrings = keyrings;
    requirement->keyring_count = count;
    return 0;
}

static int read_signed_by(const struct reading *reading, const struct json_value *object, const char *name,
                          struct trust_policy_requirement *requirement)
{
    static const char *const known[] = {"type",    "keyType",        "keyPath", "keyPaths",
                                        "keyData", "signedIdentity", NULL};
    static const char *const other_types[] = {"signedByGPGKeys", "X509Certificates", "signedByX509CAs"};
    const struct json_value *identity = json_member(object, "signedIdentity");
    struct trust_identity_rule *rule = arena_allocate(reading->arena, sizeof(*rule));
    const char *type;

    requirement->kind = TRUST_POLICY_SIGNED_BY;
    requirement->signed_by = (struct trust_requirement){.name = name, .needed = 1};
    if (check_members(reading, object, "signedBy", known) < 0 ||
        read_text(reading, object, "keyType", true, &type) < 0 ||
        read_keys(reading, object, &requirement->signed_by) < 0)
        return -1;
    if (strcmp(type, "GPGKeys") != 0) {
        size_t i = 0;

        while (i < ARRAY_LENGTH(other_types) && strcmp(other_types[i], type) != 0)
            i++;
        if (i == ARRAY_LENGTH(other_types))
            return fail(reading, json_member(object, "keyType"), "\"%s\" is no type of keys", type);
        requirement->kind = TRUST_POLICY_NEVER;
        requirement->words = arena_format(reading->arena, "signedBy with %s", type);
    }
    if (identity == NULL)
        return 0;
    requirement->signed_by.identities = rule;
    requirement->signed_by.identity_count = 1;
    return read_identity(reading, identity, rule);
}

/* Its members alone: who signs so cannot be verified without a network or keys of other kinds. */
static int read_sigstore(const struct reading *reading, const struct json_value *object)
{
    static const char *const known[] = {"type",
                                        "keyPath",
                                        "keyPaths",
                                        "keyData",
                                        "keyDatas",
                                        "fulcio",
                                        "pki",
                                        "rekorPublicKeyPath",
                                        "rekorPublicKeyPaths",
                                        "rekorPublicKeyData",
                                        "rekorPublicKeyDatas",
                                        "signedIdentity",
                                        NULL};
    const struct json_value *identity = json_member(object, "signedIdentity");
    struct trust_identity_rule ignored;
    size_t sources = 0, logs = 0;

    if (check_members(reading, object, "sigstoreSigned", known) < 0)
        return -1;
    for (size_t i = 1; i < 7; i++)
        sources += json_member(object, known[i]) != NULL;
    for (size_t i = 7; i < 11; i++)
        logs += json_member(object, known[i]) != NULL;
    if (sources != 1)
        return fail(reading, object,
                    "exactly one of keyPath, keyPaths, keyData, keyDatas, fulcio and pki is needed");
    if (logs > 1)
        return fail(reading, object, "at most one of the keys for rekor is possible");
    return identity == NULL ? 0 : read_identity(reading, identity, &ignored);
}

static int read_requirement(const struct reading *reading, const struct json_value *object, const char *name,
                            struct trust_policy_requirement *requirement)
{
    static const char *const bare[] = {"type", NULL};
    static const char *const base_layer[] = {"type", "baseLayerIdentity", NULL};
    const struct json_value *identity;
    struct trust_identity_rule ignored;
    const char *type;

    if (object->type != JSON_OBJECT)
        return fail(reading, object, "a requirement is an object, not %s", json_type_name(object->type));
    if (read_text(reading, object, "type", true, &type) < 0)
        return -1;
    *requirement = (struct trust_policy_requirement){.words = type, .line = object->line};
    if (strcmp(type, "signedBy") == 0)
        return read_signed_by(reading, object, name, requirement);
    if (strcmp(type, "insecureAcceptAnything") == 0 || strcmp(type, "reject") == 0) {
        requirement->kind = strcmp(type, "reject") == 0 ? TRUST_POLICY_REJECT : TRUST_POLICY_ACCEPT;
        return check_members(reading, object, type, bare);
    }
    if (strcmp(type, "sigstoreSigned") == 0) {
        requirement->kind = TRUST_POLICY_SIGSTORE;
        return read_sigstore(reading, object);
    }
    if (strcmp(type, "signedBaseLayer") != 0)
        return fail(reading, object, "\"%s\" is no type of requirement", type);
    requirement->kind = TRUST_POLICY_NEVER;
    identity = json_member(object, "baseLayerIdentity");
    if (check_members(reading, object, type, base_layer) < 0)
        return -1;
    if (identity == NULL)
        return fail(reading, object, "\"baseLayerIdentity\" is missing");
    return read_identity(reading, identity, &ignored);
}

static const char *scope_words(const struct trust_policy_scope *scope, struct arena *arena)
{
    if (scope->transport == NULL)
        return "the default";
    if (scope->scope[0] == '\0')
        return arena_format(arena, "all of %s", scope->transport);
    return arena_format(arena, "the scope %s of %s", scope->scope, scope->transport);
}

static int read_requirements(const struct reading *reading, const struct json_value *list,
                             struct trust_policy_scope *scope)
{
    struct trust_policy_requirement *requirements;

    if (list->type != JSON_ARRAY)
        return fail(reading, list, "requirements are a list, not %s", json_type_name(list->type));
    if (list->array.count == 0 || list->array.count > LIST_MAX)
        return fail(reading, list, "a list of 1 to %d requirements is needed", LIST_MAX);
    requirements = arena_array(reading->arena, list->array.count, sizeof(*requirements));
    for (size_t i = 0; i < list->array.count; i++) {
        const struct json_value *item = list->array.items[i];
        const char *name = arena_format(reading->arena, "%s:%u, %s", reading->name, item->line,
                                        scope_words(scope, reading->arena));

        if (read_requirement(reading, item, name, &requirements[i]) < 0)
            return -1;
    }
    scope->line = list->line;
    scope->requirements = requirements;
    scope->count = list->array.count;
    return 0;
}

static int count_scopes(const struct reading *reading, const struct json_value *transports, size_t *count)
{
    *count = 0;
    if (transports->type != JSON_OBJECT)
        return fail(reading, transports, "transports is an object, not %s", json_type_name(transports->type));
    for (size_t i = 0; i < transports->object.count; i++) {
        const struct json_member *transport = &transports->object.members[i];

        if (transport->value->type != JSON_OBJECT)
            return fail(reading, transport->value, "%s is an object of scopes, not %s", transport->key,
                        json_type_name(transport->value->type));
        *count += transport->value->object.count;
    }
    return *count <= SCOPES_MAX ? 0 : fail(reading, transports, "more than %d scopes", SCOPES_MAX);
}

static int read_transports(const struct reading *reading, const struct json_value *transports,
                           struct trust_policy *policy)
{
    struct trust_policy_scope *scopes;
    size_t count;

    if (count_scopes(reading, transports, &count) < 0)
        return -1;
    scopes = arena_array(reading->arena, count + 1, sizeof(*scopes));
    for (size_t i = 0; i < transports->object.count; i++) {
        const struct json_member *transport = &transports->object.members[i];

        for (size_t j = 0; j < transport->value->object.count; j++) {
            const struct json_member *member = &transport->value->object.members[j];
            struct trust_policy_scope *scope = &scopes[policy->scope_count++];
            const char *fault = policy_scope_fault(transport->key, member->key);

            if (fault != NULL)
                return fail(reading, member->value, "the scope \"%s\" of %s %s", member->key, transport->key,
                            fault);
            *scope = (struct trust_policy_scope){.transport = transport->key, .scope = member->key};
            if (read_requirements(reading, member->value, scope) < 0)
                return -1;
        }
    }
    policy->scopes = scopes;
    return 0;
}

int trust_policy_parse(const char *bytes, size_t length, const char *name, struct arena *arena,
                       struct trust_policy *policy, struct error *error)
{
    static const char *const known[] = {"default", "transports", NULL};
    const struct reading reading = {.name = name, .arena = arena, .error = error};
    const struct json_value *fallback, *transports;
    struct json_value *root;

    *policy = (struct trust_policy){.name = name};
    if (json_read(bytes, length, name, NULL, arena, &root, error) < 0 ||
        check_members(&reading, root, "the document", known) < 0)
        return -1;
    fallback = json_member(root, "default");
    if (fallback == NULL)
        return fail(&reading, root, "\"default\" is missing");
    if (read_requirements(&reading, fallback, &policy->fallback) < 0)
        return -1;
    transports = json_member(root, "transports");
    return transports == NULL ? 0 : read_transports(&reading, transports, policy);
}

static const struct trust_policy_scope *find_scope(const struct trust_policy *policy, const char *scope)
{
    for (size_t i = 0; i < policy->scope_count; i++)
        if (strcmp(policy->scopes[i].transport, "docker") == 0 && strcmp(policy->scopes[i].scope, scope) == 0)
            return &policy->scopes[i];
    return NULL;
}

const struct trust_policy_scope *trust_policy_match(const struct trust_policy *policy,
                                                    const struct trust_reference *image, struct arena *arena)
{
    const struct trust_policy_scope *found = NULL;
    size_t count = 0;
    const char *const *scopes = image != NULL ? trust_scopes_of(image, arena, &count) : NULL;

    for (size_t i = 0; i < count && found == NULL; i++)
        found = find_scope(policy, scopes[i]);
    if (found == NULL)
        found = find_scope(policy, "");
    return found != NULL ? found : &policy->fallback;
}

const char *trust_policy_explain(const struct trust_policy *policy, const struct trust_policy_scope *scope,
                                 struct arena *arena)
{
    char words[1024];
    struct text text = text_over(words, sizeof(words));

    text_append_format(&text, "%s:%u: %s: ", policy->name, scope->line, scope_words(scope, arena));
    for (size_t i = 0; i < scope->count; i++)
        text_append_format(&text, "%s%s", i > 0 ? " and " : "", scope->requirements[i].words);
    return arena_string(arena, words);
}
