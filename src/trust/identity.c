/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the signed name fit? The rules of containers-policy.json(5), and a pattern. */
#include "trust/reference.h"

#include <string.h>
#include "base/glob.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"

struct question {
    const struct trust_identity_rule *rule;
    const struct trust_reference *signed_name;
    struct arena *arena;
    const char **reason;
};

static bool differs(const struct question *question, const char *from)
{
    *question->reason = arena_format(question->arena, "it is signed as %s, which does not fit %s",
                                     question->signed_name->text, from);
    return false;
}

static bool is_same_exactly(const struct question *question, const struct trust_reference *wanted)
{
    if (trust_reference_is_name_only(question->signed_name)) {
        *question->reason = arena_format(
            question->arena, "it is signed as %s, without tag or digest, and an exact name is asked for",
            question->signed_name->text);
        return false;
    }
    return strcmp(wanted->text, question->signed_name->text) == 0 || differs(question, wanted->text);
}

static bool is_same_repository(const struct question *question, const struct trust_reference *wanted)
{
    return strcmp(wanted->repository, question->signed_name->repository) == 0 ||
           differs(question, arena_format(question->arena, "the repository %s", wanted->repository));
}

/* An image that is known by its digest alone has been tied to the signature by it: then the repository is
 * enough. One with a tag, or with both, is held to it. */
static bool fits_by_default(const struct question *question, const struct trust_reference *image)
{
    if (trust_reference_is_name_only(question->signed_name) || image->tag != NULL)
        return is_same_exactly(question, image);
    if (image->digest != NULL)
        return is_same_repository(question, image);
    *question->reason = arena_format(
        question->arena, "the image is known as %s, without tag or digest, which fits no signed name",
        image->text);
    return false;
}

/* What the rule itself names. A name that is none never fits; readers of policies refuse them before. */
static bool rule_names(const struct question *question, const char *text, struct trust_reference *named)
{
    struct error error;

    if (text != NULL && trust_reference_parse(text, question->arena, named, &error) == 0)
        return true;
    *question->reason = text == NULL
                            ? "the rule of identity has no name"
                            : arena_format(question->arena, "the rule of identity: %s", error.message);
    return false;
}

/* The prefix is a host, or a repository or what stands above it; what comes behind it stays. */
static bool remapped(const struct question *question, const struct trust_reference *image,
                     struct trust_reference *result)
{
    const struct trust_identity_rule *rule = question->rule;
    char *text;

    *result = *image;
    if (rule->name == NULL || rule->prefix == NULL || text_ends_with(rule->prefix, "/")) {
        *question->reason = "the rule of identity has no name, or a prefix that is none";
        return false;
    }
    if (!path_is_beneath(image->repository, rule->prefix))
        return true;
    text = arena_format(question->arena, "%s%s", rule->name, image->text + strlen(rule->prefix));
    if (!rule_names(question, text, result))
        return false;
    if (strcmp(result->text, text) == 0)
        return true;
    *question->reason = arena_format(
        question->arena, "the rule of identity makes %s of %s, which is no full name", text, image->text);
    return false;
}

static bool is_about_image(enum trust_identity_kind kind)
{
    return kind == TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT || kind == TRUST_MATCH_EXACT ||
           kind == TRUST_MATCH_REPOSITORY || kind == TRUST_REMAP_IDENTITY;
}

bool trust_identity_accepts(const struct trust_identity_rule *rule, const struct trust_reference *signed_name,
                            const struct trust_reference *image, struct arena *arena, const char **reason)
{
    const struct question question = {rule, signed_name, arena, reason};
    struct trust_reference named;

    *reason = NULL;
    if (is_about_image(rule->kind) && image == NULL) {
        *reason = arena_format(arena, "it is signed as %s, and nobody knows which name this image goes by",
                               signed_name->text);
        return false;
    }
    switch (rule->kind) {
    case TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT:
        return fits_by_default(&question, image);
    case TRUST_MATCH_EXACT:
        return is_same_exactly(&question, image);
    case TRUST_MATCH_REPOSITORY:
        return is_same_repository(&question, image);
    case TRUST_EXACT_REFERENCE:
        return rule_names(&question, rule->name, &named) && is_same_exactly(&question, &named);
    case TRUST_EXACT_REPOSITORY:
        return rule_names(&question, rule->name, &named) && is_same_repository(&question, &named);
    case TRUST_REMAP_IDENTITY:
        return remapped(&question, image, &named) && fits_by_default(&question, &named);
    case TRUST_MATCH_PATTERN:
        return (rule->name != NULL && glob_matches(rule->name, signed_name->text, '/')) ||
               differs(&question, rule->name != NULL ? rule->name : "a pattern that is not given");
    }
    *reason = "the rule of identity is none";
    return false;
}

/* ---- rules as they are written ---- */

const struct trust_identity_words trust_identity_types[] = {
    {"matchRepoDigestOrExact", TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT, NULL, NULL},
    {"matchExact", TRUST_MATCH_EXACT, NULL, NULL},
    {"matchRepository", TRUST_MATCH_REPOSITORY, NULL, NULL},
    {"exactReference", TRUST_EXACT_REFERENCE, "dockerReference", NULL},
    {"exactRepository", TRUST_EXACT_REPOSITORY, "dockerRepository", NULL},
    {"remapIdentity", TRUST_REMAP_IDENTITY, "signedPrefix", "prefix"},
};
const size_t trust_identity_type_count = ARRAY_LENGTH(trust_identity_types);

/* A host with or without a port, or a repository with its host: something that can be put before "/…". */
static bool is_prefix(const char *text, struct arena *arena)
{
    struct trust_reference reference;
    struct error ignored;
    const char *whole = strchr(text, '/') != NULL ? text : arena_format(arena, "%s/name", text);

    return trust_reference_parse(whole, arena, &reference, &ignored) == 0 &&
           trust_reference_is_name_only(&reference);
}

int trust_identity_check(const struct trust_identity_rule *rule, struct arena *arena, struct error *error)
{
    struct trust_reference reference;

    switch (rule->kind) {
    case TRUST_EXACT_REFERENCE:
    case TRUST_EXACT_REPOSITORY:
        if (trust_reference_parse(rule->name, arena, &reference, error) < 0)
            return -1;
        if (rule->kind == TRUST_EXACT_REFERENCE && trust_reference_is_name_only(&reference))
            return error_set(error, ERROR_INVALID, "dockerReference %s has neither a tag nor a digest",
                             rule->name);
        return 0;
    case TRUST_REMAP_IDENTITY:
        if (!is_prefix(rule->prefix, arena) || !is_prefix(rule->name, arena))
            return error_set(error, ERROR_INVALID, "\"%s\" is no prefix of an image's name",
                             is_prefix(rule->prefix, arena) ? rule->name : rule->prefix);
        return 0;
    case TRUST_MATCH_PATTERN:
        return glob_check(rule->name, error);
    case TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT:
    case TRUST_MATCH_EXACT:
    case TRUST_MATCH_REPOSITORY:
        break;
    }
    return 0;
}
