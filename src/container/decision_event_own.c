/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own form of a decision's event: docs/thwart-decision.schema.json. */
#include <string.h>
#include "base/digest.h"
#include "base/text.h"
#include "container/decision_event_forms.h"
#include "container/image_record.h"

enum {
    SCHEMA_VERSION = 1,
    /* Kept free for the closing brackets of whatever form is around. */
    CLOSING_BYTES = 128,
    FINDING_BYTES_MAX = 256 * 1024,
    DIGEST_PREFIX_BYTES = 7,
};

enum policy_effect decision_event_effect(const struct policy_decision *decision)
{
    bool seen[POLICY_REFUSED + 1] = {false};

    for (size_t i = 0; i < decision->finding_count; i++)
        seen[decision->findings[i].effect] = true;
    if (decision->refused || seen[POLICY_REFUSED])
        return POLICY_REFUSED;
    if (seen[POLICY_NARROWED])
        return POLICY_NARROWED;
    if (seen[POLICY_WOULD_REFUSE])
        return POLICY_WOULD_REFUSE;
    return seen[POLICY_WOULD_NARROW] ? POLICY_WOULD_NARROW : POLICY_GRANTED;
}

const struct policy_finding *decision_event_leading(const struct policy_decision *decision)
{
    enum policy_effect effect = decision_event_effect(decision);

    for (size_t i = 0; i < decision->finding_count; i++)
        if (decision->findings[i].effect == effect)
            return &decision->findings[i];
    return NULL;
}

void decision_event_sentence(struct text *text, const struct decision_event *event)
{
    const struct policy_finding *leading = decision_event_leading(event->decision);

    text_append_format(text, "%s %s: %s", event->action, event->id,
                       policy_effect_name(decision_event_effect(event->decision)));
    if (leading == NULL)
        return;
    text_append_format(text, " by %s", leading->rule);
    if (leading->source_count > 0)
        text_append_format(text, " of %s", leading->sources[0].policy);
    text_append_format(text, ": %s", leading->reason != NULL ? leading->reason : "");
}

void decision_event_member(struct text *text, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    text_append_format(text, ",\"%s\":", key);
    json_append_string(text, value);
}

static void append_container(struct text *text, const struct decision_event *event)
{
    text_append(text, ",\"container\":{\"id\":");
    json_append_string(text, event->id);
    decision_event_member(text, "bundle", event->bundle);
    if (event->config_digest != NULL) {
        text_append(text, ",\"configDigest\":\"sha256:");
        text_append(text, event->config_digest +
                              (text_starts_with(event->config_digest, "sha256:") ? DIGEST_PREFIX_BYTES : 0));
        text_append(text, "\"");
    }
    text_append(text, "}");
}

static const char *role_name(enum policy_role role)
{
    switch (role) {
    case POLICY_ROLE_EXTENDED:
        return "extended";
    case POLICY_ROLE_VOLUNTEERED:
        return "volunteered";
    case POLICY_ROLE_DEFAULT:
        return "default";
    case POLICY_ROLE_MANDATORY:
        return "mandatory";
    }
    return "unknown";
}

static void append_policies(struct text *text, const struct policy_set *policies)
{
    text_append(text, ",\"policies\":[");
    for (size_t i = 0; i < policies->count; i++) {
        const struct policy_applied *applied = &policies->items[i];
        char digest[DIGEST_HEX_SIZE];

        digest_hex(&applied->policy->digest, digest);
        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, applied->policy->name);
        text_append_format(text, ",\"digest\":\"sha256:%s\"", digest);
        decision_event_member(text, "file", applied->policy->file);
        if (applied->policy->revision > 0)
            text_append_format(text, ",\"revision\":%u", applied->policy->revision);
        text_append_format(text, ",\"role\":\"%s\",\"mode\":\"%s\"}", role_name(applied->role),
                           applied->audit ? "audit" : "enforce");
    }
    text_append(text, "]");
}

size_t decision_event_arguments(struct text *text, const struct json_strings *arguments, size_t bytes_max)
{
    size_t begin = text->length, told = 0;

    text_append(text, "[");
    for (; told < arguments->count; told++) {
        /* Escaped a byte may become six. */
        if (text->length - begin + 6 * strlen(arguments->items[told]) > bytes_max)
            break;
        if (told > 0)
            text_append(text, ",");
        json_append_string(text, arguments->items[told]);
    }
    text_append(text, "]");
    return arguments->count - told;
}

/* The strongest come first, so what is left out weighs least. */
static size_t append_findings(struct text *text, const struct policy_decision *decision)
{
    cleanup_text struct text one = text_growing(FINDING_BYTES_MAX);
    size_t told = 0;

    text_append(text, ",\"findings\":[");
    for (; told < decision->finding_count; told++) {
        text_reset(&one);
        policy_finding_encode(&one, &decision->findings[told]);
        if (one.overflow || text->length + one.length + CLOSING_BYTES > text->maximum)
            break;
        if (told > 0)
            text_append(text, ",");
        text_append_bytes(text, one.bytes, one.length);
    }
    text_append(text, "]");
    return decision->finding_count - told;
}

void decision_event_own(struct text *text, const struct decision_event *event,
                        const struct decision_event_stamp *stamp)
{
    size_t omitted;

    text_append_format(text, "{\"type\":\"decision\",\"schema\":%d,\"time\":\"%s\"", (int)SCHEMA_VERSION,
                       stamp->time);
    decision_event_member(text, "bootId", stamp->boot_id);
    decision_event_member(text, "host", stamp->host);
    text_append(text, ",\"sequence\":");
    text_append_unsigned(text, stamp->sequence);
    text_append(text, ",\"dropped\":");
    text_append_unsigned(text, stamp->dropped);
    text_append_format(text, ",\"action\":\"%s\",\"effect\":\"%s\"", event->action,
                       policy_effect_name(decision_event_effect(event->decision)));
    append_container(text, event);
    decision_event_member(text, "trust", event->trust);
    if (event->image != NULL) {
        text_append(text, ",\"image\":");
        image_record_encode(text, event->image);
    }
    append_policies(text, event->policies);
    if (event->arguments != NULL) {
        text_append(text, ",\"arguments\":");
        omitted = decision_event_arguments(text, event->arguments, text->maximum / 4);
        if (omitted > 0)
            text_append_format(text, ",\"argumentsOmitted\":%zu", omitted);
    }
    omitted = append_findings(text, event->decision);
    if (omitted > 0)
        text_append_format(text, ",\"findingsOmitted\":%zu", omitted);
    text_append(text, "}");
}

void decision_event_encode(struct text *text, const struct decision_event *event,
                           const struct decision_event_stamp *stamp, const char *format)
{
    if (strcmp(format, "ecs") == 0)
        decision_event_ecs(text, event, stamp);
    else if (strcmp(format, "ocsf") == 0)
        decision_event_ocsf(text, event, stamp);
    else
        decision_event_own(text, event, stamp);
    text_append(text, "\n");
}
