/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as text: the one JSON form, and the one line of a refusal. */
#include "policy/policy.h"

#include <string.h>
#include "base/memory.h"

enum { POLICY_REFUSAL_MAX = 1024 * 1024 };

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

/* Policies that were named already: few, whatever the number of findings. */
struct named {
    const char *names[64];
    size_t count;
};

static bool is_named(struct named *named, const char *name)
{
    for (size_t i = 0; i < named->count; i++)
        if (strcmp(named->names[i], name) == 0)
            return true;
    if (named->count < ARRAY_LENGTH(named->names))
        named->names[named->count++] = name;
    return false;
}

static void append_policies(struct text *text, const struct policy_decision *decision, size_t count)
{
    struct named named = {.count = 0};
    const char *before = " by ";

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < decision->findings[i].source_count; j++) {
            if (is_named(&named, decision->findings[i].sources[j].policy))
                continue;
            text_append_format(text, "%s%s", before, decision->findings[i].sources[j].policy);
            before = ", ";
        }
}

static bool same_sources(const struct policy_finding *one, const struct policy_finding *other)
{
    if (one->source_count != other->source_count)
        return false;
    for (size_t i = 0; i < one->source_count; i++)
        if (one->sources[i].line != other->sources[i].line ||
            strcmp(one->sources[i].file, other->sources[i].file) != 0)
            return false;
    return true;
}

/* How many findings from first on are the same rule's, of the same policies: they are told together. What is
 * proven of an image has a reason of its own each. */
static size_t group_size(const struct policy_decision *decision, size_t first, size_t count)
{
    const struct policy_finding *one = &decision->findings[first];
    size_t size = 1;

    while (!text_starts_with(one->rule, "TW01") && first + size < count &&
           strcmp(decision->findings[first + size].rule, one->rule) == 0 &&
           same_sources(&decision->findings[first + size], one))
        size++;
    return size;
}

/* A message is one line: what a bundle or a file's name brings is shown, not obeyed. */
static void append_cause(struct text *text, const struct policy_finding *findings, size_t count)
{
    cleanup_text struct text cause = text_growing(POLICY_REFUSAL_MAX);

    text_append_format(&cause, "%s %s: %s", findings->rule,
                       findings->pointer[0] == '\0' ? "/" : findings->pointer, findings->reason);
    append_sources(&cause, findings);
    /* Subjects where they tell causes apart, else the places. */
    for (size_t i = 1; i < count; i++)
        text_append_format(&cause, "%s%s", i == 1 ? ", and the same for " : ", ",
                           findings[i].subject[0] != '\0' ? findings[i].subject : findings[i].pointer);
    text_append_escaped(text, cause.bytes, cause.length);
}

static size_t room(const struct text *text)
{
    size_t size = text->growing ? text->maximum : text->capacity;

    return size > text->length ? size - text->length : 0;
}

void policy_refusal_text(struct text *text, const struct policy_decision *decision)
{
    enum { REST_MAX = sizeof("; and 18446744073709551615 more") };
    size_t count = 0;

    while (count < decision->finding_count && decision->findings[count].effect == POLICY_REFUSED)
        count++;
    text_append(text, "policy denied");
    append_policies(text, decision, count);
    text_append_format(text, ", %zu %s: ", count, count == 1 ? "cause" : "causes");
    for (size_t i = 0, size; i < count; i += size) {
        cleanup_text struct text cause = text_growing(POLICY_REFUSAL_MAX);

        size = group_size(decision, i, count);
        text_append(&cause, i > 0 ? "; " : "");
        append_cause(&cause, &decision->findings[i], size);
        if (i > 0 && room(text) < cause.length + (i + size < count ? REST_MAX : 1)) {
            text_append_format(text, "; and %zu more", count - i);
            return;
        }
        text_append_bytes(text, cause.bytes, cause.length);
    }
}
