/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See trust_print.h. */
#include "cli/trust_print.h"

#include <string.h>
#include <time.h>
#include "cli/image_command.h"
#include "cli/wrap.h"
#include "container/timestamp.h"
#include "trust/binding.h"
#include "trust/seal.h"

enum { SECOND_LENGTH = 19, MOMENT_SIZE = 32 };

/* "2026-01-31T23:59:59Z" */
static void format_moment(int64_t second, char moment[MOMENT_SIZE])
{
    char stamp[TIMESTAMP_SIZE];

    timestamp_format(&(struct timespec){.tv_sec = second}, stamp);
    (void)text_print(moment, MOMENT_SIZE, "%.*sZ", SECOND_LENGTH, stamp);
}

static const char *difference_name(enum trust_difference_kind kind)
{
    switch (kind) {
    case TRUST_MISSING:
        return "missing";
    case TRUST_ADDED:
        return "added";
    case TRUST_CHANGED:
        break;
    }
    return "changed";
}

/* ---- for people ---- */

struct page {
    struct text *text;
    size_t width;
};

static void field(const struct page *page, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        wrap_append(page->text, label, value, page->width);
}

static void append_signature(const struct page *page, const struct trust_signature *signature)
{
    char moment[MOMENT_SIZE];

    field(page, "signature     ", signature->where);
    if (!signature->good)
        field(page, "  bad         ", signature->reason);
    else if (signature->reason != NULL)
        field(page, "  good, but   ", signature->reason);
    else
        field(page, "  good        ", "it counts");
    field(page, "  key         ", signature->fingerprint);
    if (signature->key != NULL && signature->fingerprint != NULL &&
        strcmp(signature->key, signature->fingerprint) != 0)
        field(page, "  subkey      ", signature->key);
    if (signature->created_s != 0) {
        format_moment(signature->created_s, moment);
        field(page, "  made        ", moment);
    }
    field(page, "  of image    ", signature->reference);
    field(page, "  manifest    ", signature->digest);
    if (signature->seal != NULL)
        field(page, "  seal        ", signature->seal->digest);
    if (signature->claim != NULL)
        field(page, "  claim       ", "it says what the image needs at most");
    field(page, "  note        ", signature->note);
}

static void append_verdict(const struct page *page, const struct trust_verdict *verdict)
{
    field(page, "asked by      ", verdict->requirement->name);
    field(page, verdict->met ? "  met         " : "  not met     ",
          verdict->reason != NULL ? verdict->reason : verdict->reference);
}

void trust_print_text(struct text *text, const struct trust *trust, size_t width)
{
    const struct page page = {text, width};

    field(&page, "image         ", trust->found);
    field(&page, "manifest      ", trust->manifest_digest);
    field(&page, "configuration ", trust->config_digest);
    field(&page, "level         ", trust_level_name(trust->level));
    field(&page, "  no higher   ", trust->level_reason);
    for (size_t i = 0; i < trust->difference_count; i++) {
        const struct trust_difference *difference = &trust->differences[i];

        text_append_format(text, "  %-12s", difference_name(difference->kind));
        wrap_append(text, "", difference->path, width);
        field(&page, "              ", difference->what);
    }
    if (trust->differences_more > 0)
        text_append_format(text, "  and %zu more\n", trust->differences_more);
    for (size_t i = 0; i < trust->verdict_count; i++)
        append_verdict(&page, &trust->verdicts[i]);
    for (size_t i = 0; i < trust->signature_count; i++)
        append_signature(&page, &trust->signatures[i]);
    for (size_t i = 0; i < trust->claim_count; i++) {
        field(&page, "claim of      ", trust->claims[i].issuer);
        field(&page, "  signed in   ", trust->claims[i].where);
    }
    field(&page, "claim refused ", trust->claim_refused);
}

/* ---- the document ---- */

static void append_json_signatures(struct text *text, const struct trust *trust)
{
    char moment[MOMENT_SIZE];

    text_append(text, ",\"signatures\":[");
    for (size_t i = 0; i < trust->signature_count; i++) {
        const struct trust_signature *signature = &trust->signatures[i];

        text_append(text, i > 0 ? ",{\"where\":" : "{\"where\":");
        json_append_string(text, signature->where != NULL ? signature->where : "");
        text_append_format(text, ",\"good\":%s,\"counts\":%s", signature->good ? "true" : "false",
                           signature->good && signature->reason == NULL ? "true" : "false");
        image_append_member(text, "reason", signature->reason);
        image_append_member(text, "note", signature->note);
        image_append_member(text, "fingerprint", signature->fingerprint);
        image_append_member(text, "key", signature->key);
        if (signature->created_s != 0) {
            format_moment(signature->created_s, moment);
            image_append_member(text, "created", moment);
        }
        image_append_member(text, "name", signature->reference);
        image_append_member(text, "manifest", signature->digest);
        if (signature->seal != NULL)
            image_append_member(text, "seal", signature->seal->digest);
        text_append_format(text, ",\"claim\":%s}", signature->claim != NULL ? "true" : "false");
    }
    text_append(text, "]");
}

static void append_json_verdicts(struct text *text, const struct trust *trust)
{
    text_append(text, ",\"requirements\":[");
    for (size_t i = 0; i < trust->verdict_count; i++) {
        const struct trust_verdict *verdict = &trust->verdicts[i];

        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, verdict->requirement->name);
        text_append_format(text, ",\"met\":%s", verdict->met ? "true" : "false");
        image_append_member(text, "reason", verdict->reason);
        image_append_member(text, "image", verdict->reference);
        text_append(text, "}");
    }
    text_append(text, "]");
}

static void append_json_differences(struct text *text, const struct trust *trust)
{
    text_append(text, ",\"differences\":[");
    for (size_t i = 0; i < trust->difference_count; i++) {
        const struct trust_difference *difference = &trust->differences[i];

        text_append_format(text, "%s{\"kind\":\"%s\"", i > 0 ? "," : "", difference_name(difference->kind));
        image_append_member(text, "path", difference->path);
        image_append_member(text, "what", difference->what);
        text_append(text, "}");
    }
    text_append_format(text, "],\"differencesMore\":%zu", trust->differences_more);
}

static void append_json_claims(struct text *text, const struct trust *trust)
{
    text_append(text, ",\"claims\":[");
    for (size_t i = 0; i < trust->claim_count; i++) {
        const struct trust_admitted *claim = &trust->claims[i];

        text_append(text, i > 0 ? ",{\"issuer\":" : "{\"issuer\":");
        json_append_string(text, claim->issuer);
        image_append_member(text, "where", claim->where);
        image_append_member(text, "ceiling", claim->ceiling);
        text_append(text, ",\"revision\":");
        text_append_unsigned(text, claim->revision);
        text_append(text, "}");
    }
    text_append(text, "]");
    image_append_member(text, "claimRefused", trust->claim_refused);
}

static const char *unless_empty(const char *value)
{
    return value != NULL && *value != '\0' ? value : NULL;
}

void trust_print_json(struct text *text, const struct trust *trust)
{
    text_append_format(text, "{\"level\":\"%s\"", trust_level_name(trust->level));
    image_append_member(text, "levelReason", unless_empty(trust->level_reason));
    image_append_member(text, "found", unless_empty(trust->found));
    image_append_member(text, "manifest", trust->manifest_digest);
    image_append_member(text, "configuration", trust->config_digest);
    append_json_verdicts(text, trust);
    append_json_signatures(text, trust);
    append_json_differences(text, trust);
    append_json_claims(text, trust);
    text_append(text, "}");
}
