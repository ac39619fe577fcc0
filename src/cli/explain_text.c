/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision, explained: request, grant, rule, why, how to allow it. */
#include "cli/explain_text.h"

#include <string.h>
#include "base/memory.h"
#include "cli/wrap.h"
#include "json/table.h"

enum { PIECE_BYTES_MAX = 16 * 1024 * 1024 };

const char *explain_role(enum policy_role role)
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

const char *explain_effect(const struct policy_decision *decision)
{
    if (decision->refused)
        return policy_effect_name(POLICY_REFUSED);
    for (size_t i = 0; i < decision->finding_count; i++)
        if (decision->findings[i].effect == POLICY_NARROWED)
            return policy_effect_name(POLICY_NARROWED);
    return policy_effect_name(POLICY_GRANTED);
}

static const char *effect_colour(enum policy_effect effect)
{
    switch (effect) {
    case POLICY_REFUSED:
        return "\033[1;31m";
    case POLICY_NARROWED:
        return "\033[1;33m";
    case POLICY_WOULD_REFUSE:
    case POLICY_WOULD_NARROW:
        return "\033[1;35m";
    case POLICY_GRANTED:
        break;
    }
    return "\033[1;32m";
}

/* ---- the heading ---- */

static void append_counts(struct text *text, const struct policy_decision *decision)
{
    static const struct {
        enum policy_effect effect;
        const char *words;
    } rows[] = {
        {POLICY_REFUSED, "refused"},        {POLICY_WOULD_REFUSE, "would be refused (audit)"},
        {POLICY_NARROWED, "narrowed"},      {POLICY_WOULD_NARROW, "would be narrowed (audit)"},
        {POLICY_GRANTED, "for the record"},
    };
    const char *between = "";

    for (size_t r = 0; r < ARRAY_LENGTH(rows); r++) {
        size_t count = 0;

        for (size_t i = 0; i < decision->finding_count; i++)
            count += decision->findings[i].effect == rows[r].effect;
        if (count == 0)
            continue;
        text_append_format(text, "%s%zu %s", between, count, rows[r].words);
        between = ", ";
    }
    if (*between == '\0')
        text_append(text, "as requested");
}

static void append_heading(struct text *text, const struct explanation *explanation, bool colour)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);
    const struct policy_decision *decision = explanation->decision;
    const char *effect = explain_effect(decision);
    enum policy_effect shade = decision->refused  ? POLICY_REFUSED
                               : effect[0] == 'n' ? POLICY_NARROWED
                                                  : POLICY_GRANTED;

    text_append_format(text, "%s%s%s: ", colour ? effect_colour(shade) : "", effect, colour ? "\033[0m" : "");
    append_counts(text, decision);
    text_append(text, "\n");
    wrap_append(text, "bundle:    ", explanation->config, EXPLAIN_WIDTH);
    for (size_t i = 0; i < explanation->set->count; i++) {
        const struct policy_applied *applied = &explanation->set->items[i];

        text_append_format(&piece, "%s%s (%s%s, %s)", i > 0 ? "\n" : "", applied->policy->name,
                           explain_role(applied->role), applied->audit ? ", audit mode" : "",
                           applied->policy->file);
    }
    wrap_append(text, "policies:  ", explanation->set->count > 0 ? piece.bytes : "none", EXPLAIN_WIDTH);
}

/* ---- one finding ---- */

/* Nothing to say is not said. */
static void append_field(struct text *text, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        wrap_append(text, label, value, EXPLAIN_WIDTH);
}

static void append_request(struct text *text, const struct explanation *explanation,
                           const struct policy_finding *finding)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);

    text_append(&piece, *finding->pointer != '\0' ? finding->pointer : "(the whole)");
    if (*finding->subject != '\0' && strcmp(finding->subject, finding->requested) != 0)
        text_append_format(&piece, ", %s", finding->subject);
    if (*finding->requested != '\0')
        text_append_format(&piece, ": %s", finding->requested);
    append_field(text, "  request  ", piece.bytes);
    if (finding->line == 0)
        return;
    text_reset(&piece);
    text_append_format(&piece, "%s:%u:%u", explanation->config, finding->line, finding->column);
    append_field(text, "           ", piece.bytes);
}

static const char *granted_words(const struct policy_finding *finding)
{
    if (finding->effect == POLICY_REFUSED)
        return "nothing: the container is not made";
    if (*finding->granted != '\0')
        return finding->granted;
    if (finding->effect == POLICY_NARROWED)
        return "less than that";
    return "as requested";
}

static void append_rule(struct text *text, const struct policy_finding *finding,
                        const struct policy_rule_words *words)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);

    for (size_t i = 0; i < finding->source_count; i++) {
        const struct policy_finding_source *source = &finding->sources[i];

        text_append_format(&piece, "%s%s%s%s", i > 0 ? "\n" : "", source->policy,
                           *words->key != '\0' ? ": " : "", words->key);
        if (source->line > 0)
            text_append_format(&piece, " (%s:%u)", source->file, source->line);
        else
            text_append_format(&piece, " (%s)", source->file);
    }
    append_field(text, "  rule     ", piece.bytes);
}

static void append_finding(struct text *text, const struct explanation *explanation,
                           const struct policy_finding *finding, bool colour)
{
    const struct policy_rule_words *words = policy_rule_words(finding->rule);

    text_append_format(text, "\n%s%s%s %s %s\n", colour ? effect_colour(finding->effect) : "",
                       policy_effect_name(finding->effect), colour ? "\033[0m" : "", finding->rule,
                       words->name);
    append_request(text, explanation, finding);
    append_field(text, "  grant    ", granted_words(finding));
    append_rule(text, finding, words);
    append_field(text, "  reason   ", finding->reason);
    append_field(text, "  why      ", words->why);
    append_field(text, "  waived   ", finding->waiver);
    if (finding->effect != POLICY_GRANTED)
        append_field(text, "  allow it ", finding->allow);
    append_field(text, "  asked by ", words->tags);
}

void explain_text(struct text *text, const struct explanation *explanation, bool colour)
{
    append_heading(text, explanation, colour);
    for (size_t i = 0; i < explanation->decision->finding_count; i++)
        append_finding(text, explanation, &explanation->decision->findings[i], colour);
}

/* ---- the document ---- */

static void append_member(struct text *text, const char *key, const char *value)
{
    if (value == NULL)
        return;
    text_append_format(text, ",\"%s\":", key);
    json_append_string(text, value);
}

static void append_policies(struct text *text, const struct policy_set *set)
{
    char hex[DIGEST_HEX_SIZE];

    text_append(text, ",\"policies\":[");
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_applied *applied = &set->items[i];

        digest_hex(&applied->policy->digest, hex);
        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, applied->policy->name);
        append_member(text, "file", applied->policy->file);
        text_append_format(text, ",\"digest\":\"sha256:%s\",\"role\":\"%s\",\"mode\":\"%s\"}", hex,
                           explain_role(applied->role), applied->audit ? "audit" : "enforce");
    }
    text_append(text, "]");
}

void explain_json(struct text *text, const struct explanation *explanation)
{
    text_append_format(text, "{\"thwart\":1,\"action\":\"%s\",\"effect\":\"%s\"", explanation->action,
                       explain_effect(explanation->decision));
    append_member(text, "config", explanation->config);
    append_member(text, "bundle", explanation->bundle);
    append_member(text, "trust", explanation->trust);
    append_policies(text, explanation->set);
    text_append(text, ",\"findings\":");
    policy_findings_encode(text, explanation->decision);
    text_append(text, "}\n");
}
