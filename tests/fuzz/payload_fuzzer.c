/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is signed, and the name in it: any bytes give a payload of exactly one form or one line; names that
 * are normal stay so; what is written of them is read as the same. A claim in it is admitted for an issuer
 * and for nobody else. */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "trust/claim.h"
#include "trust/payload.h"
#include "trust/reference.h"

enum { WRITTEN_MAX = 1 << 26 };

static void check_name(const char *text, struct arena *arena)
{
    static const struct trust_identity_rule any = {.kind = TRUST_MATCH_PATTERN, .name = "**"};
    struct trust_reference name, again;
    struct error error = {0};
    const char *reason;

    if (trust_reference_parse(text, arena, &name, &error) != 0) {
        LAW(error.kind == ERROR_INVALID && !text_has_control(error.message));
        return;
    }
    LAW(strchr(name.repository, '/') != NULL && text_starts_with(name.text, name.repository));
    LAW(strlen(name.repository) <= 255 && (name.digest == NULL || trust_digest_is(name.digest)));
    LAW(trust_reference_parse(name.text, arena, &again, &error) == 0 && strcmp(again.text, name.text) == 0);
    LAW(trust_identity_accepts(&any, &name, NULL, arena, &reason) && reason == NULL);
    /* Every rule about the image refuses one that nobody knows, and says so. */
    for (int kind = TRUST_MATCH_REPOSITORY_DIGEST_OR_EXACT; kind <= TRUST_MATCH_REPOSITORY; kind++) {
        const struct trust_identity_rule rule = {.kind = (enum trust_identity_kind)kind};

        LAW(!trust_identity_accepts(&rule, &name, NULL, arena, &reason) && reason != NULL);
        LAW(trust_identity_accepts(&rule, &name, &name, arena, &reason) ==
            (kind == TRUST_MATCH_REPOSITORY || !trust_reference_is_name_only(&name)));
    }
}

static void check_claim(const struct trust_payload *payload, struct arena *arena)
{
    static const char *const key = "0123456789ABCDEF0123456789ABCDEF01234567";
    static const struct trust_issuer issuer = {"acme", &key, 1};
    struct trust_signature signature = {
        .where = "here", .good = true, .fingerprint = key, .reference = payload->reference};
    struct trust_admitted admitted;
    struct error error = {0};

    if (trust_claim_read(payload->optional, arena, &signature.claim, &error) != 0) {
        LAW(error.kind == ERROR_INVALID && signature.claim == NULL && !text_has_control(error.message));
        return;
    }
    if (signature.claim == NULL)
        return;
    LAW(trust_claim_admit(&signature, &issuer, 1, 1780000000, arena, &admitted, &error) == 0
            ? admitted.policy->type == JSON_OBJECT && admitted.revision > 0
            : admitted.policy == NULL && error.kind == ERROR_UNTRUSTED && !text_has_control(error.message));
    LAW(trust_claim_admit(&signature, NULL, 0, 1780000000, arena, &admitted, &error) != 0);
    LAW(admitted.policy == NULL && admitted.issuer == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text written = text_growing(WRITTEN_MAX);
    struct trust_payload payload, again;
    struct error error = {0};

    if (length > 0)
        check_name(arena_copy(&arena, (const char *)bytes, strnlen((const char *)bytes, length)), &arena);
    if (trust_payload_parse((const char *)bytes, length, "payload", &arena, &payload, &error) != 0) {
        LAW(error.kind == ERROR_INVALID || error.kind == ERROR_LIMIT);
        LAW(text_starts_with(error.message, "payload") && !text_has_control(error.message));
        return 0;
    }
    LAW(trust_digest_is(payload.digest) && payload.optional->type == JSON_OBJECT);
    LAW(payload.has_timestamp || payload.timestamp_s == 0);
    check_name(payload.reference, &arena);
    check_claim(&payload, &arena);
    trust_payload_encode(&written, payload.reference, payload.digest, payload.timestamp_s, NULL);
    LAW(!written.overflow);
    LAW(trust_payload_parse(written.bytes, written.length, "written", &arena, &again, &error) == 0);
    LAW(strcmp(again.reference, payload.reference) == 0 && strcmp(again.digest, payload.digest) == 0);
    LAW(again.timestamp_s == payload.timestamp_s);
    return 0;
}
