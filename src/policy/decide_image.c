/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image: what must be proven about the image. What is proven was found out before (trust/evidence.h); a name
 * or a digest that annotations claim is no part of it.
 *
 * Each policy stands by itself here as everywhere: "integrity" counts from a root of trust of its own policy
 * (its signers, its digests; the host's keyrings if it names neither), or a policy that somebody adds could
 * make files acceptable to another one by vouching for them.
 */
#include "policy/decider.h"

#include <string.h>
#include "trust/binding.h"

enum { DIFFERENCES_TOLD = 5, WORDS_MAX = 4096 };

static const struct trust nothing_proven = {.found = "", .level_reason = ""};

static const struct trust *trust_of(const struct decider *decider)
{
    return decider->trust != NULL ? decider->trust : &nothing_proven;
}

/* Did anybody look? Else there is nothing to explain. */
static bool was_asked(const struct trust *trust)
{
    return trust->verdict_count > 0 || trust->manifest_digest != NULL ||
           (trust->found != NULL && *trust->found != '\0') ||
           (trust->level_reason != NULL && *trust->level_reason != '\0');
}

/* What was looked at: "sha256:… (containers-storage image 0123)". */
static const char *image_words(const struct decider *decider)
{
    const struct trust *trust = trust_of(decider);
    const bool found = trust->found != NULL && *trust->found != '\0';

    if (trust->manifest_digest == NULL)
        return found ? trust->found : "an unknown image";
    return found ? arena_format(decider->arena, "%s (%s)", trust->manifest_digest, trust->found)
                 : trust->manifest_digest;
}

/* ---- signature ---- */

/* What a requirement asks for, in few words. */
static const char *demand_words(const struct decider *decider, const struct trust_requirement *requirement)
{
    const bool listed = requirement->fingerprint_count > 0;

    if (requirement->document != NULL)
        return arena_format(decider->arena, "the image must be accepted by %s", requirement->document);
    if (requirement->needed > 1 && listed)
        return arena_format(decider->arena, "the image must be signed by %u of %zu keys", requirement->needed,
                            requirement->fingerprint_count);
    if (requirement->needed > 1)
        return arena_format(decider->arena, "the image must be signed by %u keys", requirement->needed);
    return "the image must be signed";
}

static const char *unmet_words(const struct decider *decider, const struct trust_requirement *requirement,
                               const struct trust_verdict *verdict)
{
    if (verdict == NULL)
        return was_asked(trust_of(decider)) ? "nobody looked for its signatures"
                                            : "nothing is proven about this bundle";
    if (requirement->keyring_count == 0 && requirement->document == NULL &&
        verdict->requirement->keyring_count == 0)
        return "no keys are named: neither \"keys\" in the policy nor \"keyrings\" in thwart.json";
    return verdict->reason != NULL ? verdict->reason : "nobody who counts signed it";
}

/* What a document says names the document itself. */
static const char *reason_words(const struct decider *decider, const struct trust_requirement *requirement,
                                const struct trust_verdict *verdict)
{
    const char *unmet = unmet_words(decider, requirement, verdict);

    if (requirement->document != NULL && text_starts_with(unmet, requirement->document))
        return arena_format(decider->arena, "the image must be accepted: %s", unmet);
    return arena_format(decider->arena, "%s: %s", demand_words(decider, requirement), unmet);
}

static void decide_signature(struct decider *decider, const struct policy *policy, size_t index)
{
    const struct policy_signature *signature = &policy->image.signature.items[index];
    const struct trust_verdict *verdict = trust_verdict_of(trust_of(decider), &signature->requirement);
    struct policy_rule rule = policy->image.signature.rule;
    const struct policy_finding finding = {
        .rule = "TW0101",
        .pointer = "",
        .subject = policy->image.signature.count > 1
                       ? arena_format(decider->arena, "%s/%zu", policy->name, index)
                       : policy->name,
        .requested = image_words(decider),
        .reason = reason_words(decider, &signature->requirement, verdict),
    };

    if (verdict != NULL && verdict->met)
        return;
    rule.line = signature->line;
    rule.column = signature->column;
    decider_refuse(decider, &rule, &finding);
}

/* ---- digests ---- */

static bool has_digest(const struct policy_words *digests, const char *digest)
{
    for (size_t i = 0; digest != NULL && i < digests->count; i++)
        if (strcmp(digests->items[i].text, digest) == 0)
            return true;
    return false;
}

static const char *unknown_words(const struct decider *decider)
{
    const struct trust *trust = trust_of(decider);

    return was_asked(trust) && trust->level_reason != NULL && *trust->level_reason != '\0'
               ? trust->level_reason
               : "nothing is proven about this bundle";
}

static void decide_digest(struct decider *decider, const struct policy_image *image)
{
    const char *digest = trust_of(decider)->manifest_digest;
    const struct policy_finding finding = {
        .rule = "TW0102",
        .pointer = "",
        .requested = image_words(decider),
        .reason = digest != NULL
                      ? arena_format(decider->arena,
                                     "the image must have one of the listed digests, and has %s", digest)
                      : arena_format(decider->arena, "the image must have one of the listed digests: %s",
                                     unknown_words(decider)),
        .allow = digest != NULL ? arena_format(decider->arena, "add \"%s\" to image.digests", digest) : NULL,
    };

    if (!has_digest(&image->digests.words, digest))
        decider_refuse(decider, &image->digests.rule, &finding);
}

/* ---- integrity ---- */

/* How far the files are tied to what the policy's own signers signed, and why nobody of its own vouches for
 * the manifest at all. *why NULL: somebody does. */
static enum trust_level level_by_signers(const struct decider *decider, const struct policy_image *image,
                                         const char **why)
{
    const struct trust *trust = trust_of(decider);
    enum trust_level highest = TRUST_NONE;

    for (size_t i = 0; i < image->signature.count; i++) {
        const struct trust_verdict *verdict = trust_verdict_of(trust, &image->signature.items[i].requirement);
        enum trust_level level = trust_level_by(trust, verdict);

        if (verdict == NULL || !verdict->met) {
            *why = "nobody whom the policy accepts signed the image";
            return TRUST_NONE;
        }
        highest = level > highest ? level : highest;
    }
    *why = highest == TRUST_NONE ? "what the policy goes by accepts anything, and vouches for nothing" : NULL;
    return highest;
}

static enum trust_level level_by_host(const struct decider *decider, const char **why)
{
    const struct trust *trust = trust_of(decider);
    const struct trust_verdict *verdict = trust_verdict_of_host(trust);

    if (verdict == NULL)
        *why = "the policy names neither signers nor digests, and thwart.json no \"keyrings\"";
    else if (!verdict->met)
        *why = arena_format(decider->arena, "the policy names no signer, and by thwart.json's keyrings: %s",
                            verdict->reason);
    else
        *why = NULL;
    return trust_level_by(trust, verdict);
}

/* A digest says which manifest it is, and nothing of a list of files that somebody signed beside it. */
static enum trust_level level_of(const struct decider *decider, const struct policy_image *image,
                                 const char **why)
{
    const struct trust *trust = trust_of(decider);
    const bool listed =
        image->digests.rule.present && has_digest(&image->digests.words, trust->manifest_digest);
    enum trust_level level = TRUST_NONE;

    *why = "the image has none of the policy's digests";
    if (image->signature.rule.present)
        level = level_by_signers(decider, image, why);
    else if (!image->digests.rule.present)
        level = level_by_host(decider, why);
    if (!listed)
        return level;
    *why = NULL;
    return trust->unsealed_level > level ? trust->unsealed_level : level;
}

static void append_differences(struct text *text, const struct trust *trust)
{
    static const char *const kinds[] = {
        [TRUST_MISSING] = "is missing", [TRUST_ADDED] = "was added", [TRUST_CHANGED] = "was changed"};
    size_t told = 0, more;

    /* The level's reason names the first by itself, most often. */
    for (size_t i = 0; i < trust->difference_count && told < DIFFERENCES_TOLD; i++) {
        const struct trust_difference *difference = &trust->differences[i];

        text_append_format(text, "; %s %s%s%s%s", difference->path, kinds[difference->kind],
                           difference->what != NULL && *difference->what != '\0' ? " (" : "",
                           difference->what != NULL ? difference->what : "",
                           difference->what != NULL && *difference->what != '\0' ? ")" : "");
        told++;
    }
    more = trust->difference_count - told + trust->differences_more;
    if (told > 0 && more > 0)
        text_append_format(text, "; and %zu more", more);
}

/* A file's name is what an image brings: one line, whatever is in it. */
static const char *shortfall_words(const struct decider *decider, enum trust_level level,
                                   enum trust_level wanted, const char *rootless)
{
    const struct trust *trust = trust_of(decider);
    cleanup_text struct text words = text_growing(WORDS_MAX * 16), shown = text_growing(WORDS_MAX * 64);

    text_append_format(&words, "the files must be those of the signed image (%s), and are proven as %s: ",
                       trust_level_name(wanted), trust_level_name(level));
    if (!was_asked(trust))
        text_append(&words, "nothing is proven about this bundle");
    else if (rootless != NULL)
        text_append(&words, rootless);
    else if (level < trust->level)
        text_append(&words, "the list of files is signed by nobody whom the policy accepts");
    else
        text_append(&words, trust->level_reason != NULL && *trust->level_reason != '\0'
                                ? trust->level_reason
                                : "nothing more is known");
    if (rootless == NULL && level == trust->level)
        append_differences(&words, trust);
    text_append_escaped(&shown, words.bytes, words.length);
    return arena_string(decider->arena, shown.bytes);
}

static void decide_integrity(struct decider *decider, const struct policy *policy)
{
    const struct policy_image *image = &policy->image;
    const enum trust_level wanted = image->integrity.level;
    const char *rootless;
    const enum trust_level level = level_of(decider, image, &rootless);
    const struct policy_finding finding = {
        .rule = "TW0103",
        .pointer = "",
        .subject = rootless == NULL && level == trust_of(decider)->level
                       ? trust_level_name(wanted)
                       : arena_format(decider->arena, "%s/%s", policy->name, trust_level_name(wanted)),
        .requested = trust_level_name(level),
        .reason = shortfall_words(decider, level, wanted, rootless),
    };

    if (level < wanted)
        decider_refuse(decider, &image->integrity.rule, &finding);
}

void decide_image(struct decider *decider, const struct policy *policy)
{
    const struct policy_image *image = &policy->image;

    for (size_t i = 0; image->signature.rule.present && i < image->signature.count; i++)
        decide_signature(decider, policy, i);
    if (image->digests.rule.present)
        decide_digest(decider, image);
    if (image->integrity.rule.present)
        decide_integrity(decider, policy);
}

/* Asked once, by no policy: an author's bound that cannot be believed must not vanish, or whoever breaks it
 * would be free of it. */
void decide_claim(struct decider *decider)
{
    static const struct policy_rule nowhere = {0};
    const struct policy_finding finding = {
        .rule = "TW0104",
        .pointer = "",
        .requested = image_words(decider),
        .reason = trust_of(decider)->claim_refused,
    };

    if (finding.reason != NULL)
        decider_refuse(decider, &nowhere, &finding);
}
