/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims as policies, and their issuers' ceilings. */
#include "policy/claimed.h"

#include <string.h>
#include "base/memory.h"
#include "json/table.h"
#include "policy/difference.h"
#include "policy/read.h"

enum { CLAIM_BYTES_MAX = 4 * 1024 * 1024, EXTENDS_DEEP_MAX = 32, SHOWN = 60, MORE_SHOWN = 4 };

/* "mode" and "audit" are missing on purpose: in audit mode the ceiling that it extends would be, too. */
static const char *const claim_keys[] = {"thwart",  "name",       "description", "tags",
                                         "process", "filesystem", "devices",     "resources",
                                         "sysctls", "syscalls",   "landlock",    "network"};

struct claiming {
    const struct policy_library *library;
    const struct trust_admitted *claim;
    struct arena *arena;
    struct error *error;
};

static int refuse(const struct claiming *claiming, enum error_kind kind, const char *text)
{
    return error_set(claiming->error, kind, "the claim of \"%s\" in %s: %s", claiming->claim->issuer,
                     claiming->claim->where, text);
}

/* ---- its text ---- */

static int check_keys(const struct claiming *claiming)
{
    const struct json_value *policy = claiming->claim->policy;

    for (size_t i = 0; i < policy->object.count; i++) {
        const char *key = policy->object.members[i].key;
        size_t k = 0;

        while (k < ARRAY_LENGTH(claim_keys) && strcmp(claim_keys[k], key) != 0)
            k++;
        if (k == ARRAY_LENGTH(claim_keys))
            return refuse(claiming, ERROR_INVALID,
                          arena_format(claiming->arena,
                                       "\"%.*s\" cannot be claimed: a claim bounds by process, filesystem, "
                                       "devices, resources, sysctls, syscalls, landlock and network",
                                       SHOWN, key));
    }
    return 0;
}

/* Its own name says nothing about who signed it. */
static const char *name_of(const struct claiming *claiming, const struct trust *trust)
{
    size_t number = 1;

    for (const struct trust_admitted *other = trust->claims; other < claiming->claim; other++)
        number += strcmp(other->issuer, claiming->claim->issuer) == 0;
    return number == 1 ? arena_format(claiming->arena, "claim-by-%s", claiming->claim->issuer)
                       : arena_format(claiming->arena, "claim-by-%s-%zu", claiming->claim->issuer, number);
}

static void write_text(struct text *text, const struct claiming *claiming, const char *name)
{
    const struct json_value *policy = claiming->claim->policy;

    text_append(text, "{\n\"name\": ");
    json_append_string(text, name);
    if (claiming->claim->ceiling != NULL) {
        text_append(text, ",\n\"extends\": [");
        json_append_string(text, claiming->claim->ceiling);
        text_append(text, "]");
    }
    for (size_t i = 0; i < policy->object.count; i++) {
        const struct json_member *member = &policy->object.members[i];

        if (strcmp(member->key, "name") == 0)
            continue;
        text_append(text, ",\n");
        json_append_string(text, member->key);
        text_append(text, ": ");
        json_encode_value(text, member->value, 2);
    }
    text_append(text, "\n}\n");
}

static int read_claim(const struct claiming *claiming, const char *name, const struct policy **policy)
{
    const char *file = arena_format(claiming->arena, "claim:%s", claiming->claim->reference);
    cleanup_text struct text text = text_growing(CLAIM_BYTES_MAX);
    struct policy_problems problems = {0};

    write_text(&text, claiming, name);
    if (text_complete(&text, file, claiming->error) != 0 ||
        policy_read(arena_copy(claiming->arena, text.bytes, text.length), text.length, file, NULL,
                    claiming->arena, &problems, policy, claiming->error) != 0)
        return error_prefix(claiming->error, "the claim of \"%s\" in %s", claiming->claim->issuer,
                            claiming->claim->where);
    return 0;
}

/* ---- the ceiling ---- */

static int find_policy(const struct claiming *claiming, const char *name, const struct policy **policy)
{
    const struct policy_library *library = claiming->library;

    *policy = NULL;
    for (size_t i = 0; i < library->count && *policy == NULL; i++)
        if (strcmp(library->items[i].policy->name, name) == 0)
            *policy = library->items[i].policy;
    if (*policy == NULL && library->shipped != NULL &&
        library->shipped(library->context, name, claiming->arena, policy, claiming->error) != 0)
        return -1;
    if (*policy != NULL)
        return 0;
    return error_set(claiming->error, ERROR_INVALID,
                     "the ceiling of the issuer \"%s\": there is no policy \"%.*s\"", claiming->claim->issuer,
                     SHOWN, name);
}

static bool is_capabilities(const struct policy_bound *bound)
{
    return strcmp(bound->row->rule, "process.capabilities") == 0;
}

/* Does the claim say something about what this bound of the ceiling bounds? */
static bool speaks_of(const struct policy_bounds *claim, const struct policy_bound *bound)
{
    for (size_t i = 0; i < claim->count; i++) {
        const struct policy_bound *own = &claim->items[i];

        if (own->audit)
            continue;
        if (is_capabilities(bound) ? is_capabilities(own)
                                   : own->row == bound->row && strcmp(own->member, bound->member) == 0)
            return true;
    }
    return false;
}

/* Lists of what is forbidden ask for nothing, and what is only comparable as a whole would be refused for
 * being written otherwise. */
static bool is_comparable(const struct policy_bound *bound)
{
    return !bound->audit && (is_capabilities(bound) || (bound->row->kind != POLICY_BOUND_FORBID &&
                                                        bound->row->kind != POLICY_BOUND_WHOLE));
}

static int refuse_more(const struct claiming *claiming, const char *ceiling,
                       const struct policy_differences *more)
{
    cleanup_text struct text text = text_growing(ERROR_MESSAGE_MAX);

    for (size_t i = 0; i < more->count && i < MORE_SHOWN; i++)
        text_append_format(&text, "%s%s: %s%s%s", i > 0 ? "; " : "", more->items[i].key,
                           more->items[i].granted, *more->items[i].bound != '\0' ? ", not " : "",
                           more->items[i].bound);
    if (more->count > MORE_SHOWN)
        text_append_format(&text, "; and %zu more", more->count - MORE_SHOWN);
    return error_set(
        claiming->error, ERROR_UNTRUSTED,
        "the claim of \"%s\" in %s asks for more than its issuer's ceiling \"%s\" allows, and is "
        "refused whole: %s",
        claiming->claim->issuer, claiming->claim->where, ceiling, text.bytes);
}

static int compare(const struct claiming *claiming, const struct policy *claim, const struct policy *ceiling)
{
    struct policy_bounds asked = {0}, all = {0}, bounds = {0};
    struct policy_differences more = {0};

    if (policy_bounds_of(claim, false, claiming->arena, &asked, claiming->error) != 0 ||
        policy_bounds_of(ceiling, false, claiming->arena, &all, claiming->error) != 0)
        return -1;
    /* Whether it narrows or refuses is no question of more: the ceiling itself stands beside it. */
    for (size_t i = 0; i < asked.count; i++)
        asked.items[i].otherwise = POLICY_OTHERWISE_REFUSE;
    bounds.items = arena_array(claiming->arena, all.count, sizeof(*bounds.items));
    for (size_t i = 0; i < all.count; i++)
        if (is_comparable(&all.items[i]) && speaks_of(&asked, &all.items[i])) {
            bounds.items[bounds.count] = all.items[i];
            bounds.items[bounds.count++].otherwise = POLICY_OTHERWISE_NARROW;
        }
    policy_difference_of(&asked, &bounds, claiming->arena, &more);
    return more.count == 0 ? 0 : refuse_more(claiming, ceiling->name, &more);
}

/* The ceiling and all that it extends: a claim is within each of them. */
static int check_ceiling(const struct claiming *claiming, const struct policy *claim, const char *name,
                         unsigned int depth)
{
    const struct policy *ceiling;

    if (depth > EXTENDS_DEEP_MAX)
        return error_set(claiming->error, ERROR_LIMIT,
                         "the ceiling of the issuer \"%s\" extends more than %d deep",
                         claiming->claim->issuer, EXTENDS_DEEP_MAX);
    if (find_policy(claiming, name, &ceiling) != 0)
        return -1;
    if (ceiling->audit)
        return error_set(claiming->error, ERROR_INVALID,
                         "%s: the ceiling of the issuer \"%s\" is in audit mode and bounds nothing",
                         ceiling->file, claiming->claim->issuer);
    if (compare(claiming, claim, ceiling) != 0)
        return -1;
    for (size_t i = 0; i < ceiling->extends.count; i++)
        if (check_ceiling(claiming, claim, ceiling->extends.items[i].text, depth + 1) != 0)
            return -1;
    return 0;
}

/* ---- all of them ---- */

static int make_policy(const struct claiming *claiming, const struct trust *trust,
                       const struct policy **policy)
{
    const char *name = name_of(claiming, trust);

    for (size_t i = 0; i < claiming->library->count; i++)
        if (strcmp(claiming->library->items[i].policy->name, name) == 0)
            return error_set(claiming->error, ERROR_INVALID,
                             "%s is named \"%s\", as a claim is: give it another name",
                             claiming->library->items[i].policy->file, name);
    if (check_keys(claiming) != 0 || read_claim(claiming, name, policy) != 0)
        return -1;
    return claiming->claim->ceiling == NULL ? 0
                                            : check_ceiling(claiming, *policy, claiming->claim->ceiling, 0);
}

int policy_claimed(const struct policy_library *library, const struct trust *trust, struct arena *arena,
                   const struct policy *const **policies, size_t *count, struct error *error)
{
    const struct policy **made = arena_array(arena, trust->claim_count, sizeof(const struct policy *));

    *policies = made;
    *count = 0;
    for (size_t i = 0; i < trust->claim_count; i++) {
        const struct claiming claiming = {library, &trust->claims[i], arena, error};

        if (make_policy(&claiming, trust, &made[i]) != 0)
            return -1;
        (*count)++;
    }
    return 0;
}
