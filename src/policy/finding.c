/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as text: the one JSON form, and the one line of a refusal. */
#include "policy/policy.h"

#include <string.h>

const char *policy_effect_name(enum policy_effect effect)
{
    switch (effect) {
    case POLICY_GRANTED:
        return "granted";
    case POLICY_WOULD_NARROW:
        return "would-narrow";
    case POLICY_NARROWED:
        return "narrowed";
    case POLICY_WOULD_REFUSE:
        return "would-refuse";
    case POLICY_REFUSED:
        return "refused";
    }
    return "unknown";
}

static void append_member(struct text *text, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    text_append_format(text, ",\"%s\":", key);
    json_append_string(text, value);
}

static void append_tags(struct text *text, const char *tags)
{
    text_append(text, ",\"tags\":[");
    for (const char *tag = tags; *tag != '\0';) {
        size_t length = strcspn(tag, " ");

        text_append_format(text, "%s\"%.*s\"", tag == tags ? "" : ",", (int)length, tag);
        tag += length + strspn(tag + length, " ");
    }
    text_append(text, "]");
}

void policy_finding_encode(struct text *text, const struct policy_finding *finding)
{
    const struct policy_rule_words *words = policy_rule_words(finding->rule);

    text_append_format(text, "{\"rule\":\"%s\",\"name\":\"%s\",\"effect\":\"%s\",\"pointer\":", finding->rule,
                       words->name, policy_effect_name(finding->effect));
    json_append_string(text, finding->pointer);
    if (finding->line > 0)
        text_append_format(text, ",\"line\":%u,\"column\":%u", finding->line, finding->column);
    append_member(text, "subject", finding->subject);
    append_member(text, "requested", finding->requested);
    append_member(text, "granted", finding->granted);
    append_member(text, "reason", finding->reason);
    append_member(text, "allow", finding->allow);
    append_member(text, "waiver", finding->waiver);
    text_append(text, ",\"sources\":[");
    for (size_t i = 0; i < finding->source_count; i++) {
        const struct policy_finding_source *source = &finding->sources[i];

        text_append(text, i > 0 ? ",{\"policy\":" : "{\"policy\":");
        json_append_string(text, source->policy);
        text_append(text, ",\"file\":");
        json_append_string(text, source->file);
        text_append_format(text, ",\"line\":%u,\"column\":%u}", source->line, source->column);
    }
    text_append(text, "]");
    append_tags(text, words->tags);
    text_append(text, "}");
}

void policy_findings_encode(struct text *text, const struct policy_decision *decision)
{
    text_append(text, "[");
    for (size_t i = 0; i < decision->finding_count; i++) {
        if (i > 0)
            text_append(text, ",");
        policy_finding_encode(text, &decision->findings[i]);
    }
    text_append(text, "]");
}

/* A line of 0: the policy as a whole. */
static void append_sources(struct text *text, const struct policy_finding *finding)
{
    for (size_t i = 0; i < finding->source_count; i++) {
        text_append_format(text, "%s%s", i > 0 ? ", " : " (", finding->sources[i].file);
        if (finding->sources[i].line > 0)
            text_append_format(text, ":%u", finding->sources[i].line);
    }
    if (finding->source_count > 0)
        text_append(text, ")");
}

static bool is_named_before(const struct policy_decision *decision, size_t index, size_t source)
{
    const char *name = decision->findings[index].sources[source].policy;

    for (size_t i = 0; i <= index; i++)
        for (size_t j = 0; j < (i < index ? decision->findings[i].source_count : source); j++)
            if (strcmp(decision->findings[i].sources[j].policy, name) == 0)
                return true;
    return false;
}

static void append_policies(struct text *text, const struct policy_decision *decision, size_t count)
{
    const char *before = " by ";

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < decision->findings[i].source_count; j++) {
            if (is_named_before(decision, i, j))
                continue;
            text_append_format(text, "%s%s", before, decision->findings[i].sources[j].policy);
            before = ", ";
        }
}

/* A message is one line: what a bundle or a file's name brings is shown, not obeyed. */
static void append_cause(struct text *text, const struct policy_finding *finding)
{
    char buffer[1024];
    struct text cause = text_over(buffer, sizeof(buffer));

    text_append_format(&cause, "%s %s: %s", finding->rule,
                       finding->pointer[0] == '\0' ? "/" : finding->pointer, finding->reason);
    append_sources(&cause, finding);
    text_append_escaped(text, cause.bytes, cause.length);
}

static size_t room(const struct text *text)
{
    size_t size = text->growing ? text->maximum : text->capacity;

    return size > text->length ? size - text->length : 0;
}

void policy_refusal_text(struct text *text, const struct policy_decision *decision)
{
    enum { CAUSE_MAX = 4096, REST_MAX = sizeof("; and 18446744073709551615 more") };
    size_t count = 0;

    while (count < decision->finding_count && decision->findings[count].effect == POLICY_REFUSED)
        count++;
    text_append(text, "policy denied");
    append_policies(text, decision, count);
    text_append_format(text, ", %zu %s: ", count, count == 1 ? "cause" : "causes");
    for (size_t i = 0; i < count; i++) {
        char buffer[CAUSE_MAX];
        struct text cause = text_over(buffer, sizeof(buffer));

        text_append(&cause, i > 0 ? "; " : "");
        append_cause(&cause, &decision->findings[i]);
        if (i > 0 && room(text) < cause.length + (i + 1 < count ? REST_MAX : 1)) {
            text_append_format(text, "; and %zu more", count - i);
            return;
        }
        text_append_bytes(text, cause.bytes, cause.length);
    }
}
