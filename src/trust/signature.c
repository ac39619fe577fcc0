/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures against a requirement. Whatever is wrong with one signature is its reason; only what keeps us
 * from looking is an error. */
#include "trust/signature.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/date.h"
#include "base/text.h"
#include "trust/claim.h"
#include "trust/packets.h"
#include "trust/payload.h"
#include "trust/seal.h"

enum {
    FUTURE_TOLERANCE_S = 300, /* clocks of signers differ */
    NOTED_DIFFERENCE_S = 600, /* signing a payload takes seconds */
    REASONS_SHOWN = 3,
    REASON_BYTES = 1500,
};

struct judge {
    const struct trust_requirement *requirement;
    const struct trust_subject *subject;
    const struct trust_gpg *gpg;
    struct arena *arena;
    struct error *error;
    const struct trust_signature **counted; /* one a primary key */
    size_t counted_count;
};

/* "2026-01-02 03:04:05 UTC". */
static const char *moment(int64_t seconds, struct arena *arena)
{
    const struct date_parts date = date_parts_of(seconds);

    return arena_format(arena, "%04lld-%02d-%02d %02d:%02d:%02d UTC", (long long)date.year, date.month,
                        date.day, date.hour, date.minute, date.second);
}

/* ---- one signature ---- */

const char *trust_gpg_reason(const struct trust_gpg_signature *found, struct arena *arena)
{
    static const char *const reasons[] = {
        [TRUST_GPG_GOOD] = NULL,
        [TRUST_GPG_BAD] = "the signature does not fit its data",
        [TRUST_GPG_NO_KEY] = "made by a key that is not in the keyrings",
        [TRUST_GPG_EXPIRED] = "the signature has expired",
        [TRUST_GPG_KEY_EXPIRED] = "its key has expired",
        [TRUST_GPG_KEY_REVOKED] = "its key was revoked",
        [TRUST_GPG_KEY_UNUSABLE] = "its key is not one for signing",
        [TRUST_GPG_WEAK] = "its digest is a weak one (MD5, SHA-1 or RIPEMD-160)",
        [TRUST_GPG_ERROR] = "gpg cannot judge it",
    };
    const char *reason = reasons[found->status], *words = found->words != NULL ? found->words : "";
    const char *separator = *words != '\0' ? ": " : "";

    if (found->fingerprint != NULL)
        return arena_format(arena, "%s (key %s)%s%s", reason, found->fingerprint, separator, words);
    return found->status == TRUST_GPG_ERROR && *words != '\0'
               ? words
               : arena_format(arena, "%s%s%s", reason, separator, words);
}

/* Ask gpg. *payload is set only for a single good signature. -1: gpg cannot be asked. */
static int authenticate(const struct judge *judge, const struct trust_blob *blob,
                        struct trust_signature *signature, const char **payload, size_t *payload_length)
{
    const struct trust_requirement *requirement = judge->requirement;
    struct trust_gpg_answer answer = {0};
    const struct trust_gpg_signature *found;

    *payload = NULL;
    if (judge->gpg->verify(judge->gpg->context, requirement->keyrings, requirement->keyring_count,
                           blob->bytes, blob->length, judge->arena, &answer, judge->error) != 0)
        return error_prefix(judge->error, "%s: verifying %s", requirement->name, blob->where);
    if (answer.count != 1) {
        signature->reason =
            arena_format(judge->arena, "it has %zu signatures, and must have exactly one", answer.count);
        return 0;
    }
    found = &answer.signatures[0];
    signature->key = found->fingerprint;
    signature->fingerprint = found->primary;
    signature->created_s = found->created_s;
    if (found->status != TRUST_GPG_GOOD) {
        signature->reason = trust_gpg_reason(found, judge->arena);
        return 0;
    }
    if (found->fingerprint == NULL || found->primary == NULL || answer.payload == NULL) {
        signature->reason = "gpg does not say which key made it over what";
        return 0;
    }
    if (found->created_s > judge->subject->now_s + FUTURE_TOLERANCE_S) {
        signature->reason = arena_format(judge->arena, "it is dated %s, which is still to come",
                                         moment(found->created_s, judge->arena));
        return 0;
    }
    *payload = answer.payload;
    *payload_length = answer.payload_length;
    return 0;
}

/* Members of ours that are broken make the whole signature count for nothing: what they would forbid is not
 * known. */
static bool read_own_members(const struct judge *judge, const struct trust_payload *payload,
                             struct trust_signature *signature, struct error *error)
{
    return trust_seal_read(payload->optional, judge->arena, &signature->seal, error) == 0 &&
           trust_claim_read(payload->optional, judge->arena, &signature->claim, error) == 0;
}

static const char *difference_of_dates(const struct trust_payload *payload, int64_t created_s,
                                       struct arena *arena)
{
    int64_t difference_s;

    if (!payload->has_timestamp ||
        (!__builtin_sub_overflow(payload->timestamp_s, created_s, &difference_s) &&
         difference_s >= -NOTED_DIFFERENCE_S && difference_s <= NOTED_DIFFERENCE_S))
        return NULL;
    return arena_format(arena, "made %s, although it says %s", moment(created_s, arena),
                        moment(payload->timestamp_s, arena));
}

/* What was signed, now that it is authenticated. */
static void read_payload(const struct judge *judge, const char *bytes, size_t length,
                         struct trust_signature *signature)
{
    struct arena *arena = judge->arena;
    struct trust_payload payload;
    struct error error;

    if (trust_payload_parse(bytes, length, "what it signs", arena, &payload, &error) != 0) {
        signature->reason = arena_string(arena, error.message);
    } else if (judge->subject->manifest_digest == NULL) {
        signature->reason = "the image's manifest is not known";
    } else if (strcmp(payload.digest, judge->subject->manifest_digest) != 0) {
        signature->reason = arena_format(arena, "it is about the manifest %s, and the image has %s",
                                         payload.digest, judge->subject->manifest_digest);
    } else if (!read_own_members(judge, &payload, signature, &error)) {
        signature->seal = NULL;
        signature->claim = NULL;
        signature->reason = arena_string(arena, error.message);
    } else {
        signature->reference = payload.reference;
        signature->digest = payload.digest;
        signature->note = difference_of_dates(&payload, signature->created_s, arena);
        signature->good = true;
    }
}

static int examine(const struct judge *judge, const struct trust_blob *blob,
                   struct trust_signature *signature)
{
    const char *payload;
    size_t length = 0;
    struct error error;

    *signature = (struct trust_signature){.where = blob->where};
    if (trust_packets_check(blob->bytes, blob->length, &error) != 0) {
        signature->reason = arena_string(judge->arena, error.message);
        return 0;
    }
    if (authenticate(judge, blob, signature, &payload, &length) != 0)
        return -1;
    if (payload != NULL)
        read_payload(judge, payload, length, signature);
    return 0;
}

/* ---- does a good one count ---- */

static bool has_listed_key(const struct judge *judge, const struct trust_signature *signature)
{
    const struct trust_requirement *requirement = judge->requirement;

    for (size_t i = 0; i < requirement->fingerprint_count; i++)
        if (strcasecmp(requirement->fingerprints[i], signature->fingerprint) == 0)
            return true;
    return requirement->fingerprint_count == 0;
}

static bool has_identity(const struct judge *judge, struct trust_signature *signature)
{
    static const struct trust_identity_rule fallback = {.kind = TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT};
    const struct trust_requirement *requirement = judge->requirement;
    size_t count = requirement->identity_count > 0 ? requirement->identity_count : 1;
    const struct trust_identity_rule *rules =
        requirement->identity_count > 0 ? requirement->identities : &fallback;
    struct trust_reference name;
    struct error error;

    if (trust_reference_parse(signature->reference, judge->arena, &name, &error) != 0) {
        signature->reason = arena_format(judge->arena, "the signed name: %s", error.message);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *reason;

        if (trust_identity_accepts(&rules[i], &name, judge->subject->image, judge->arena, &reason)) {
            signature->reason = NULL;
            return true;
        }
        if (signature->reason == NULL)
            signature->reason = reason;
    }
    if (count > 1)
        signature->reason =
            arena_format(judge->arena, "it is signed as %s, which fits none of the %zu identities (%s)",
                         name.text, count, signature->reason);
    return false;
}

/* By the packet's date, which the key has signed; the payload's is only what somebody wrote. */
static bool is_young_enough(const struct judge *judge, struct trust_signature *signature)
{
    uint64_t limit_s = judge->requirement->max_age_s;
    int64_t age_s = judge->subject->now_s - signature->created_s;

    if (limit_s == 0 || age_s < 0 || (uint64_t)age_s <= limit_s)
        return true;
    signature->reason =
        arena_format(judge->arena, "it was made %s, %lld days ago, and at most %llu days are allowed",
                     moment(signature->created_s, judge->arena), (long long)(age_s / 86400),
                     (unsigned long long)(limit_s / 86400));
    return false;
}

static void count_signature(struct judge *judge, struct trust_signature *signature)
{
    if (!has_listed_key(judge, signature)) {
        signature->reason =
            arena_format(judge->arena, "its key %s is none of those listed", signature->fingerprint);
        return;
    }
    if (!has_identity(judge, signature) || !is_young_enough(judge, signature))
        return;
    for (size_t i = 0; i < judge->counted_count; i++)
        if (strcasecmp(judge->counted[i]->fingerprint, signature->fingerprint) == 0) {
            if (judge->requirement->every_signature)
                return;
            signature->reason =
                arena_format(judge->arena, "the key %s is counted already", signature->fingerprint);
            return;
        }
    judge->counted[judge->counted_count++] = signature;
}

/* ---- the verdict ---- */

static bool has_counted(const struct judge *judge, const char *fingerprint)
{
    for (size_t i = 0; i < judge->counted_count; i++)
        if (strcasecmp(judge->counted[i]->fingerprint, fingerprint) == 0)
            return true;
    return false;
}

/* Nothing is ever met by no signature at all. */
static bool is_met(const struct judge *judge)
{
    const struct trust_requirement *requirement = judge->requirement;

    if (judge->counted_count == 0 || judge->counted_count < requirement->needed)
        return false;
    if (!requirement->each_fingerprint)
        return true;
    for (size_t i = 0; i < requirement->fingerprint_count; i++)
        if (!has_counted(judge, requirement->fingerprints[i]))
            return false;
    return true;
}

static void tell_counted(const struct judge *judge, struct text *text)
{
    for (size_t i = 0; i < judge->counted_count; i++)
        text_append_format(text, "%s%s as %s on %s", i == 0 ? "signed by " : " and by ",
                           judge->counted[i]->fingerprint, judge->counted[i]->reference,
                           moment(judge->counted[i]->created_s, judge->arena));
}

static void tell_missing(const struct judge *judge, struct text *text)
{
    const struct trust_requirement *requirement = judge->requirement;
    size_t needed = requirement->each_fingerprint ? requirement->fingerprint_count : requirement->needed;

    if (needed > 1)
        text_append_format(text, "%zu of %zu keys signed it", judge->counted_count, needed);
    else
        text_append(text, "no key that counts signed it");
    for (size_t i = 0; requirement->each_fingerprint && i < requirement->fingerprint_count; i++)
        if (!has_counted(judge, requirement->fingerprints[i])) {
            text_append_format(text, "; not %s", requirement->fingerprints[i]);
            return;
        }
}

static void tell_reasons(const struct trust_signature *signatures, size_t count, struct text *text)
{
    size_t told = 0, untold = 0;

    for (size_t i = 0; i < count; i++) {
        if (signatures[i].reason == NULL)
            continue;
        if (told == REASONS_SHOWN) {
            untold++;
            continue;
        }
        text_append_format(text, "; %s: %s", signatures[i].where, signatures[i].reason);
        told++;
    }
    if (untold > 0)
        text_append_format(text, "; and %zu more", untold);
}

/* One line, whatever was in it. */
static const char *words_of(const struct text *text, struct arena *arena)
{
    char buffer[2 * REASON_BYTES];
    struct text shown = text_over(buffer, sizeof(buffer));

    text_append_escaped(&shown, text->bytes, text->length);
    return arena_string(arena, shown.bytes);
}

static void conclude(const struct judge *judge, const struct trust_signature *signatures, size_t count,
                     struct trust_verdict *verdict)
{
    char buffer[REASON_BYTES];
    struct text text = text_over(buffer, sizeof(buffer));

    verdict->requirement = judge->requirement;
    verdict->met = is_met(judge);
    verdict->reference = judge->counted_count > 0 ? judge->counted[0]->reference : NULL;
    if (verdict->met) {
        tell_counted(judge, &text);
    } else if (judge->requirement->keyring_count == 0) {
        text_append(&text, "no keys are named that could have signed it");
    } else if (count == 0) {
        text_append(&text, "no signature was found");
    } else {
        tell_missing(judge, &text);
        tell_reasons(signatures, count, &text);
    }
    verdict->reason = words_of(&text, judge->arena);
}

int trust_requirement_judge(const struct trust_requirement *requirement, const struct trust_subject *subject,
                            const struct trust_blob *blobs, size_t blob_count, const struct trust_gpg *gpg,
                            struct arena *arena, struct trust_verdict *verdict,
                            const struct trust_signature **signatures, size_t *signature_count,
                            struct error *error)
{
    struct trust_signature *all = arena_array(arena, blob_count, sizeof(*all));
    struct judge judge = {
        .requirement = requirement,
        .subject = subject,
        .gpg = gpg,
        .arena = arena,
        .error = error,
        .counted = arena_array(arena, blob_count, sizeof(struct trust_signature *)),
    };
    size_t count = 0;

    *verdict = (struct trust_verdict){.requirement = requirement};
    *signatures = all;
    while (count < blob_count && requirement->keyring_count > 0 &&
           (requirement->every_signature || !is_met(&judge))) {
        struct trust_signature *signature = &all[count];

        if (examine(&judge, &blobs[count], signature) != 0)
            return -1;
        count++;
        if (signature->good)
            count_signature(&judge, signature);
    }
    *signature_count = count;
    conclude(&judge, all, count, verdict);
    return 0;
}
