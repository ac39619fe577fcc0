/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A score with its terms, heaviest first. */
#include "cli/score_print.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cli/wrap.h"
#include "json/table.h"

enum { WIDTH = 100, TENTH = 10 };

/* A term or an interaction that the request or the grant has. */
struct entry {
    const char *name;
    const struct score_words *words;
    const struct score_exposure *exposure; /* NULL: an interaction */
    bool requested, granted;
    uint32_t line, column;
};

uint32_t score_result_tenths(const struct score_weights *weights, const struct score_result *result)
{
    return result->refused ? 0 : score_of_points(weights, result->grant_points);
}

static int compare(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;

    if (a->granted != b->granted)
        return a->granted ? -1 : 1;
    if (a->words->weight != b->words->weight)
        return a->words->weight > b->words->weight ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Those that weigh something. *entries: the caller frees it. */
static size_t collect(const struct score_weights *weights, const struct score_result *result,
                      struct entry **entries)
{
    const size_t most = SCORE_TERM_COUNT + weights->interaction_count;
    struct entry *items = calloc(most, sizeof(*items));
    size_t count = 0;

    if (items == NULL)
        abort();
    for (size_t i = 0; i < SCORE_TERM_COUNT; i++) {
        const struct score_exposure *requested = &result->request.terms[i],
                                    *granted = &result->grant.terms[i];

        if (weights->terms[i].weight > 0 && (requested->present || granted->present))
            items[count++] = (struct entry){.name = score_term_name((enum score_term)i),
                                            .words = &weights->terms[i],
                                            .exposure = requested->present ? requested : granted,
                                            .requested = requested->present,
                                            .granted = granted->present && !result->refused,
                                            .line = result->lines[i],
                                            .column = result->columns[i]};
    }
    for (size_t i = 0; i < weights->interaction_count; i++) {
        const struct score_interaction *interaction = &weights->interactions[i];
        const bool requested = score_interaction_holds(interaction, &result->request),
                   granted = score_interaction_holds(interaction, &result->grant);

        if (interaction->words.weight > 0 && (requested || granted))
            items[count++] = (struct entry){.name = interaction->name,
                                            .words = &interaction->words,
                                            .requested = requested,
                                            .granted = granted && !result->refused};
    }
    qsort(items, count, sizeof(*items), compare);
    *entries = items;
    return count;
}

static void append_tenths(struct text *text, uint32_t tenths)
{
    text_append_format(text, "%u.%u", tenths / TENTH, tenths % TENTH);
}

static void append_place(struct text *text, const struct entry *entry)
{
    if (entry->exposure == NULL || entry->exposure->pointers[0][0] == '\0')
        return;
    text_append(text, " (");
    if (entry->line > 0)
        text_append_format(text, "line %u: ", entry->line);
    text_append(text, entry->exposure->pointers[0]);
    if (entry->exposure->count > 1)
        text_append_format(text, " and %zu more", entry->exposure->count - 1);
    text_append(text, ")");
}

static void append_entry(struct text *text, const struct entry *entry)
{
    cleanup_text struct text piece = text_growing(1024 * 1024);
    char label[64];

    (void)text_print(label, sizeof(label), "  %5u  %-24s ", entry->words->weight, entry->name);
    text_append(&piece, entry->words->what);
    append_place(&piece, entry);
    if (entry->granted)
        text_append_format(&piece, "\nto lower: %s", entry->words->lower);
    wrap_append(text, label, piece.bytes, WIDTH);
}

static void append_group(struct text *text, const struct entry *entries, size_t count, bool granted,
                         const char *heading)
{
    bool said = false;

    for (size_t i = 0; i < count; i++) {
        if (entries[i].granted != granted)
            continue;
        if (!said)
            text_append_format(text, "\n%s\n", heading);
        said = true;
        append_entry(text, &entries[i]);
    }
}

void score_print_text(struct text *text, const struct score_weights *weights,
                      const struct score_result *result)
{
    cleanup_free struct entry *entries = NULL;
    const size_t count = collect(weights, result, &entries);

    text_append_format(text, "%s: ", result->config);
    if (result->refused) {
        text_append(text, "0.0 of 10: refused, so nothing is exposed; the request scores ");
    } else {
        append_tenths(text, score_result_tenths(weights, result));
        text_append_format(text, " of 10 (%u points); the request scores ", result->grant_points);
    }
    append_tenths(text, score_of_points(weights, result->request_points));
    text_append_format(text, " (%u points)\n", result->request_points);
    append_group(text, entries, count, true, "What the container gets, by weight:");
    append_group(text, entries, count, false,
                 result->refused ? "What it asks for:" : "What policies took away:");
}

static void append_member(struct text *text, const char *key, const char *value)
{
    text_append_format(text, "\"%s\":", key);
    json_append_string(text, value);
}

static void append_scale(struct text *text, const char *key, uint32_t tenths, uint32_t points)
{
    text_append_format(text, ",\"%s\":{\"score\":", key);
    append_tenths(text, tenths);
    text_append_format(text, ",\"points\":%u}", points);
}

static void append_json_entry(struct text *text, const struct entry *entry, size_t index)
{
    text_append(text, index > 0 ? ",{" : "{");
    append_member(text, entry->exposure != NULL ? "term" : "interaction", entry->name);
    text_append_format(text, ",\"weight\":%u,\"requested\":%s,\"granted\":%s,", entry->words->weight,
                       entry->requested ? "true" : "false", entry->granted ? "true" : "false");
    append_member(text, "what", entry->words->what);
    text_append(text, ",");
    append_member(text, "lower", entry->words->lower);
    if (entry->exposure != NULL) {
        text_append(text, ",\"pointers\":[");
        for (size_t i = 0; i < entry->exposure->count; i++) {
            if (i > 0)
                text_append(text, ",");
            json_append_string(text, entry->exposure->pointers[i]);
        }
        text_append(text, "]");
    }
    if (entry->line > 0)
        text_append_format(text, ",\"line\":%u,\"column\":%u", entry->line, entry->column);
    text_append(text, "}");
}

void score_print_json(struct text *text, const struct score_weights *weights,
                      const struct score_result *result, size_t index)
{
    cleanup_free struct entry *entries = NULL;
    const size_t count = collect(weights, result, &entries);

    text_append(text, index > 0 ? ",{" : "{");
    append_member(text, "bundle", result->bundle);
    text_append(text, ",");
    append_member(text, "config", result->config);
    text_append_format(text, ",\"refused\":%s", result->refused ? "true" : "false");
    append_scale(text, "request", score_of_points(weights, result->request_points), result->request_points);
    append_scale(text, "grant", score_result_tenths(weights, result),
                 result->refused ? 0 : result->grant_points);
    text_append(text, ",\"terms\":[");
    for (size_t i = 0; i < count; i++)
        append_json_entry(text, &entries[i], i);
    text_append(text, "]}");
}
