/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision, explained: request, grant, rule, why, how to allow it. */
#include "cli/explain_text.h"

#include <string.h>
#include "base/memory.h"
#include "cli/trust_print.h"
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
    cleanup_text struct text heading = text_growing(PIECE_BYTES_MAX);
    const struct policy_decision *decision = explanation->decision;
    const char *effect = explain_effect(decision);
    char label[16];
    enum policy_effect shade = decision->refused  ? POLICY_REFUSED
                               : effect[0] == 'n' ? POLICY_NARROWED
                                                  : POLICY_GRANTED;

    append_counts(&piece, decision);
    (void)text_print(label, sizeof(label), "%s: ", effect);
    wrap_append(&heading, label, piece.bytes, EXPLAIN_WIDTH);
    text_append_format(text, "%s%s%s%s", colour ? effect_colour(shade) : "", effect, colour ? "\033[0m" : "",
                       heading.bytes + strlen(effect));
    text_reset(&piece);
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

/* "/process/capabilities (line 19)" */
static void append_pointer(struct text *text, const struct policy_finding *finding)
{
    text_append(text, *finding->pointer != '\0' ? finding->pointer : "(the whole)");
    if (finding->line > 0)
        text_append_format(text, " (line %u)", finding->line);
}

/* Subjects that ask for the same stand in a row, and what they ask for behind the last. */
static void append_what(struct text *text, const struct policy_finding *finding, bool last_of_row)
{
    const char *subject = finding->subject, *requested = finding->requested;

    if (*subject == '\0' || strcmp(subject, requested) == 0)
        text_append(text, requested);
    else if (*requested == '\0' || !last_of_row)
        text_append(text, subject);
    else
        text_append_format(text, "%s (%s)", subject, requested);
}

static bool same_words(const char *one, const char *other)
{
    return strcmp(one == NULL ? "" : one, other == NULL ? "" : other) == 0;
}

/* One line for each pointer, with all that findings say of it. */
static void append_requests(struct text *text, const struct policy_finding *findings, size_t count)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);

    for (size_t i = 0; i < count;) {
        size_t first = i;

        text_reset(&piece);
        append_pointer(&piece, &findings[i]);
        for (; i < count && strcmp(findings[i].pointer, findings[first].pointer) == 0; i++) {
            bool last = i + 1 == count || strcmp(findings[i + 1].pointer, findings[i].pointer) != 0 ||
                        !same_words(findings[i + 1].requested, findings[i].requested);

            if (*findings[i].subject == '\0' && *findings[i].requested == '\0')
                continue;
            text_append(&piece, i > first ? ", " : ": ");
            append_what(&piece, &findings[i], last);
        }
        append_field(text, first == 0 ? "  request  " : "           ", piece.bytes);
    }
}

static const char *granted_words(const struct policy_finding *finding)
{
    if (finding->effect == POLICY_REFUSED)
        return "nothing";
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

static bool same_sources(const struct policy_finding *one, const struct policy_finding *other)
{
    if (one->source_count != other->source_count)
        return false;
    for (size_t i = 0; i < one->source_count; i++)
        if (strcmp(one->sources[i].policy, other->sources[i].policy) != 0 ||
            one->sources[i].line != other->sources[i].line)
            return false;
    return true;
}

/* Forty devices that one rule refuses are one thing to understand. */
static bool are_alike(const struct policy_finding *one, const struct policy_finding *other)
{
    return one->effect == other->effect && strcmp(one->rule, other->rule) == 0 && same_sources(one, other) &&
           same_words(one->granted, other->granted) && same_words(one->waiver, other->waiver);
}

/* Reasons differ in what the request's line says already: of several the first stands for all. */
static void append_reasons(struct text *text, const struct policy_finding *findings, size_t count)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);

    text_append(&piece, findings[0].reason);
    if (count > 1)
        text_append_format(&piece, " (and %zu more)", count - 1);
    append_field(text, "  reason   ", piece.bytes);
}

/* Each way once. */
static void append_ways(struct text *text, const struct policy_finding *findings, size_t count)
{
    cleanup_text struct text piece = text_growing(PIECE_BYTES_MAX);

    for (size_t i = 0; i < count; i++) {
        bool known = false;

        for (size_t k = 0; k < i && !known; k++)
            known = same_words(findings[i].allow, findings[k].allow);
        if (!known && findings[i].allow != NULL)
            text_append_format(&piece, "%s%s", piece.length > 0 ? "\n" : "", findings[i].allow);
    }
    append_field(text, "  allow it ", piece.bytes);
}

static void append_findings(struct text *text, const struct policy_finding *findings, size_t count,
                            bool colour)
{
    const struct policy_rule_words *words = policy_rule_words(findings[0].rule);

    text_append_format(text, "\n%s%s%s %s %s\n", colour ? effect_colour(findings[0].effect) : "",
                       policy_effect_name(findings[0].effect), colour ? "\033[0m" : "", findings[0].rule,
                       words->name);
    append_requests(text, findings, count);
    append_field(text, "  grant    ", granted_words(findings));
    append_rule(text, findings, words);
    append_reasons(text, findings, count);
    append_field(text, "  why      ", words->why);
    append_field(text, "  waived   ", findings[0].waiver);
    if (findings[0].effect != POLICY_GRANTED)
        append_ways(text, findings, count);
    append_field(text, "  asked by ", words->tags);
}

void explain_findings(struct text *text, const struct policy_decision *decision, bool colour)
{
    for (size_t i = 0; i < decision->finding_count;) {
        size_t first = i;

        while (i < decision->finding_count && are_alike(&decision->findings[first], &decision->findings[i]))
            i++;
        append_findings(text, &decision->findings[first], i - first, colour);
    }
}

void explain_text(struct text *text, const struct explanation *explanation, bool colour)
{
    append_heading(text, explanation, colour);
    if (explanation->image != NULL) {
        text_append(text, "\n");
        trust_print_text(text, explanation->image, EXPLAIN_WIDTH);
    }
    explain_findings(text, explanation->decision, colour);
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
    if (explanation->image != NULL) {
        text_append(text, ",\"image\":");
        trust_print_json(text, explanation->image);
    }
    append_policies(text, explanation->set);
    text_append(text, ",\"findings\":");
    policy_findings_encode(text, explanation->decision);
    text_append(text, "}\n");
}
