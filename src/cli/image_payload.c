/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_payload.h. */
#include "cli/image_payload.h"

#include <fcntl.h>
#include <string.h>
#include "container/prepare.h"
#include "policy/claimed.h"
#include "trust/claim.h"
#include "trust/payload.h"
#include "trust/reference.h"

enum { CLAIM_BYTES_MAX = 1024 * 1024 };

/* ---- the claim ---- */

/* Would it bound anybody? As an issuer's without a ceiling. */
static int check_policy(const struct json_value *policy, const char *file, struct arena *arena,
                        struct error *error)
{
    const struct trust_admitted admitted = {
        .issuer = "signer", .where = file, .reference = "image", .policy = policy};
    const struct trust trust = {.found = "", .level_reason = "", .claims = &admitted, .claim_count = 1};
    const struct policy_library nobody = {0};
    const struct policy *const *policies;
    size_t count;

    if (policy->type != JSON_OBJECT)
        return error_set(error, ERROR_INVALID, "%s: a claim is a policy: an object", file);
    return policy_claimed(&nobody, &trust, arena, &policies, &count, error);
}

static int append_claim(struct text *optional, const struct image_claim *claim, struct arena *arena,
                        struct error *error)
{
    const struct json_limits limits = {.comments = true};
    struct json_value *policy;
    size_t length;
    char *bytes;

    if (claim->revision == 0)
        return error_set(error, ERROR_USAGE,
                         "a claim has a revision (--revision N, from 1): hosts refuse older ones");
    if (prepare_read_document(AT_FDCWD, claim->file, claim->file, CLAIM_BYTES_MAX, arena, &bytes, &length,
                              error) != 0 ||
        json_read(bytes, length, claim->file, &limits, arena, &policy, error) != 0 ||
        check_policy(policy, claim->file, arena, error) != 0)
        return -1;
    text_append_format(optional, "%s\"" TRUST_CLAIM_MEMBER "\":{\"version\":1,\"revision\":%u",
                       optional->length > 0 ? "," : "", claim->revision);
    image_append_member(optional, "nbf", claim->not_before);
    image_append_member(optional, "exp", claim->expires);
    text_append(optional, ",\"policy\":");
    json_encode_value(optional, policy, 0);
    text_append(optional, "}");
    return 0;
}

/* ---- all of it ---- */

/* A name without tag and digest fits no image by any rule but the loosest. */
static int check_name(const char *name, struct arena *arena, const char **normal, struct error *error)
{
    struct trust_reference reference;

    if (trust_reference_parse(name, arena, &reference, error) != 0)
        return -1;
    if (trust_reference_is_name_only(&reference))
        return error_set(error, ERROR_USAGE,
                         "--name %s has neither tag nor digest: which of the repository's images is it?",
                         name);
    *normal = reference.text;
    return 0;
}

static int read_back(const struct text *payload, struct arena *arena, struct error *error)
{
    const struct trust_claim *claim;
    const struct trust_seal *seal;
    struct trust_payload read;

    if (trust_payload_parse(payload->bytes, payload->length, "what would be signed", arena, &read, error) !=
            0 ||
        trust_seal_read(read.optional, arena, &seal, error) != 0)
        return -1;
    return trust_claim_read(read.optional, arena, &claim, error);
}

int image_payload(const char *name, const char *digest, const struct trust_seal *seal,
                  const struct image_claim *claim, int64_t now_s, struct arena *arena, struct text *payload,
                  struct error *error)
{
    cleanup_text struct text optional = text_growing(CLAIM_BYTES_MAX * 2);
    const char *normal;

    if (check_name(name, arena, &normal, error) != 0)
        return -1;
    if (seal != NULL)
        text_append(&optional, trust_seal_encode(seal, arena));
    if (claim->file != NULL && append_claim(&optional, claim, arena, error) != 0)
        return -1;
    if (claim->file == NULL && (claim->revision > 0 || claim->not_before != NULL || claim->expires != NULL))
        return error_set(error, ERROR_USAGE,
                         "--revision, --not-before and --expires are of a claim: --claim FILE");
    trust_payload_encode(payload, normal, digest, now_s, optional.length > 0 ? optional.bytes : NULL);
    if (text_complete(&optional, "the claim", error) != 0 ||
        text_complete(payload, "what is signed", error) != 0)
        return -1;
    return read_back(payload, arena, error);
}
