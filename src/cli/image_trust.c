/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image trust: whom this host trusts, and who asks for what. */
#include "cli/image_trusted.h"

#include <string.h>
#include "cli/policy_decision.h"
#include "cli/wrap.h"

enum { WIDTH = 100 };

struct trust_options {
    const char *reference, *format, *configuration;
    struct json_strings keyrings, policies;
};

#define PLACE(member) offsetof(struct trust_options, member)

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"for", 0, OPTION_STRING, PLACE(reference), "REF", "what would be asked of the image of this name"},
    {"keyring", 'k', OPTION_LIST, PLACE(keyrings), "FILE",
     "show the keys of this file, in place of all that; may be given again"},
    {"policy", 'p', OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, in place of the default one, by name or path; may be given again"},
    {"configuration", 0, OPTION_STRING, PLACE(configuration), "FILE", "in place of /etc/thwart/thwart.json"},
    {"format", 0, OPTION_WORD, PLACE(format), "FORMAT", "text (default) or json", .words = formats},
};

/* ---- for people ---- */

static void begin(struct text *text)
{
    text_append(text, text->length > 0 ? "\n" : "");
}

static const char *until(const struct gpg_key *key, char day[IMAGE_DAY_SIZE])
{
    if (key->expires_s == 0)
        return "no end";
    image_day(key->expires_s, day);
    return day;
}

static void append_keyring(struct text *text, const struct trusted_keyring *keyring)
{
    char day[IMAGE_DAY_SIZE];

    begin(text);
    wrap_append(text, "keyring ", keyring->path, WIDTH);
    for (size_t i = 0; i < keyring->used_by.count; i++)
        wrap_append(text, "  for     ", keyring->used_by.items[i], WIDTH);
    if (keyring->problem != NULL)
        wrap_append(text, "  broken  ", keyring->problem, WIDTH);
    for (size_t i = 0; i < keyring->key_count; i++) {
        const struct gpg_key *key = &keyring->keys[i];

        wrap_append(text, "  key     ", key->fingerprint, WIDTH);
        text_append_format(text, "          %s, %s, until %s\n", key->status, key->algorithm,
                           until(key, day));
        wrap_append(text, "          ", key->user, WIDTH);
    }
}

static void append_policy(struct text *text, const struct trusted_policy *policy)
{
    begin(text);
    wrap_append(text, "policy  ", policy->title, WIDTH);
    for (size_t i = 0; i < policy->demands.count; i++)
        wrap_append(text, "  asks    ", policy->demands.items[i], WIDTH);
}

static void append_document(struct text *text, const struct trusted_document *document)
{
    begin(text);
    wrap_append(text, "document ", document->path, WIDTH);
    if (document->problem != NULL)
        wrap_append(text, "  broken  ", document->problem, WIDTH);
    for (size_t i = 0; i < document->scopes.count; i++)
        wrap_append(text, "  scope   ", document->scopes.items[i], WIDTH);
}

static void append_issuer(struct text *text, const struct trust_issuer *issuer)
{
    begin(text);
    wrap_append(text, "issuer  ", issuer->name, WIDTH);
    for (size_t i = 0; i < issuer->fingerprint_count; i++)
        wrap_append(text, "  key     ", issuer->fingerprints[i], WIDTH);
    wrap_append(text, "  ceiling ", issuer->ceiling != NULL ? issuer->ceiling : "none", WIDTH);
}

static void append_text(struct text *text, const struct trusted *trusted)
{
    if (trusted->reference != NULL)
        wrap_append(text, "image   ", trusted->reference, WIDTH);
    if (trusted->policy_count == 0 && !trusted->keyrings_alone)
        text_append(text, trusted->reference != NULL
                              ? "No policy asks for anything to be proven about it.\n"
                              : "No policy asks for anything to be proven about images.\n");
    for (size_t i = 0; i < trusted->policy_count; i++)
        append_policy(text, &trusted->policies[i]);
    for (size_t i = 0; i < trusted->document_count; i++)
        append_document(text, &trusted->documents[i]);
    for (size_t i = 0; i < trusted->issuer_count; i++)
        append_issuer(text, &trusted->issuers[i]);
    for (size_t i = 0; i < trusted->keyring_count; i++)
        append_keyring(text, &trusted->keyrings[i]);
    if (trusted->lookaside != NULL) {
        text_append(text, "\n");
        wrap_append(text, "signatures are looked for beside the stores in: ", trusted->lookaside, WIDTH);
    }
}

/* ---- the document ---- */

static void append_json_keyrings(struct text *text, const struct trusted *trusted)
{
    char day[IMAGE_DAY_SIZE];

    text_append(text, ",\"keyrings\":[");
    for (size_t i = 0; i < trusted->keyring_count; i++) {
        const struct trusted_keyring *keyring = &trusted->keyrings[i];

        text_append(text, i > 0 ? ",{\"path\":" : "{\"path\":");
        json_append_string(text, keyring->path);
        image_append_strings(text, "usedBy", keyring->used_by.items, keyring->used_by.count);
        image_append_member(text, "problem", keyring->problem);
        text_append(text, ",\"keys\":[");
        for (size_t k = 0; k < keyring->key_count; k++) {
            const struct gpg_key *key = &keyring->keys[k];

            text_append_format(text, "%s{\"fingerprint\":\"%s\"", k > 0 ? "," : "", key->fingerprint);
            image_append_member(text, "status", key->status);
            image_append_member(text, "algorithm", key->algorithm);
            image_append_member(text, "user", key->user);
            image_day(key->created_s, day);
            image_append_member(text, "created", day);
            if (key->expires_s != 0)
                image_append_member(text, "expires", until(key, day));
            text_append(text, "}");
        }
        text_append(text, "]}");
    }
    text_append(text, "]");
}

static void append_json_policies(struct text *text, const struct trusted *trusted)
{
    text_append(text, ",\"policies\":[");
    for (size_t i = 0; i < trusted->policy_count; i++) {
        const struct trusted_policy *policy = &trusted->policies[i];

        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, policy->policy->name);
        image_append_member(text, "file", policy->policy->file);
        text_append_format(text, ",\"mode\":\"%s\"", policy->audit ? "audit" : "enforce");
        image_append_strings(text, "asks", policy->demands.items, policy->demands.count);
        text_append(text, "}");
    }
    text_append(text, "],\"documents\":[");
    for (size_t i = 0; i < trusted->document_count; i++) {
        const struct trusted_document *document = &trusted->documents[i];

        text_append(text, i > 0 ? ",{\"path\":" : "{\"path\":");
        json_append_string(text, document->path);
        image_append_member(text, "problem", document->problem);
        image_append_strings(text, "scopes", document->scopes.items, document->scopes.count);
        text_append(text, "}");
    }
    text_append(text, "]");
}

static void append_json(struct text *text, const struct trusted *trusted)
{
    text_append(text, "{\"thwart\":1");
    image_append_member(text, "for", trusted->reference);
    append_json_policies(text, trusted);
    text_append(text, ",\"issuers\":[");
    for (size_t i = 0; i < trusted->issuer_count; i++) {
        const struct trust_issuer *issuer = &trusted->issuers[i];

        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, issuer->name);
        image_append_strings(text, "fingerprints", issuer->fingerprints, issuer->fingerprint_count);
        image_append_member(text, "ceiling", issuer->ceiling);
        text_append(text, "}");
    }
    text_append(text, "]");
    append_json_keyrings(text, trusted);
    image_append_member(text, "lookaside", trusted->lookaside);
    text_append(text, "}\n");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct trust_options *options = invocation->options;
    cleanup_text struct text text = text_growing(IMAGE_OUTPUT_BYTES_MAX);
    struct policies_request request = image_policies_request(invocation, options->configuration);
    struct trusted trusted;

    request.named = policy_words_of(invocation, &options->policies);
    if (options->keyrings.count > 0 && options->reference != NULL)
        return error_set(error, ERROR_USAGE, "thwart image trust: --keyring goes without --for");
    if (image_trusted(invocation, &request, &options->keyrings, options->reference, &trusted, error) != 0)
        return -1;
    if (image_wants_json(options->format))
        append_json(&text, &trusted);
    else
        append_text(&text, &trusted);
    *status = trusted.status;
    return command_print(&text, error);
}

const struct command image_command_trust = {
    .name = "image trust",
    .words = "",
    .summary = "whose signatures this host trusts, and which policies ask for them",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct trust_options),
    .run = run,
};
