/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weights: read, and added up. */
#include <string.h>
#include "base/memory.h"
#include "policy/score.h"
#include "policy/shipped.h"

enum { VERSION = 1, WEIGHT_MAX = 10000, BYTES_MAX = 1024 * 1024, TENTHS = 100 };

struct row {
    uint32_t weight;
    const char *name, *what, *lower;
    struct json_strings all, any;
    struct json_origin origin;
};
struct document {
    uint32_t version, half;
    struct json_struct_map terms;
    struct json_structs interactions;
};

static const struct json_field term_fields[] = {
    JSON_FIELD(struct row, weight, "weight", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = WEIGHT_MAX),
    JSON_FIELD(struct row, what, "what", JSON_KIND_STRING),
    JSON_FIELD(struct row, lower, "lower", JSON_KIND_STRING),
};
static const struct json_table term_table = JSON_TABLE_PLACED(struct row, "term", term_fields);

static const struct json_field interaction_fields[] = {
    JSON_FIELD(struct row, name, "name", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct row, weight, "weight", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = WEIGHT_MAX),
    JSON_FIELD(struct row, what, "what", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct row, lower, "lower", JSON_KIND_STRING, .required = true),
    JSON_FIELD(struct row, all, "all", JSON_KIND_STRINGS, .required = true),
    JSON_FIELD(struct row, any, "any", JSON_KIND_STRINGS),
};
static const struct json_table interaction_table =
    JSON_TABLE_PLACED(struct row, "interaction", interaction_fields);

static const struct json_field document_fields[] = {
    JSON_FIELD(struct document, version, "thwart-score", JSON_KIND_UINT32, .required = true),
    JSON_FIELD(struct document, half, "half", JSON_KIND_UINT32, .required = true,
               .maximum_unsigned = WEIGHT_MAX),
    JSON_FIELD(struct document, terms, "terms", JSON_KIND_STRUCT_MAP, .required = true, .table = &term_table),
    JSON_FIELD(struct document, interactions, "interactions", JSON_KIND_STRUCTS, .table = &interaction_table),
};
static const struct json_table document_table =
    JSON_TABLE(struct document, "file of weights", document_fields);

static int unknown_term(const char *file, const struct json_origin *origin, const char *name,
                        struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s:%u:%u: there is no term \"%.64s\"", file, origin->line,
                     origin->column, name);
}

static int check_names(const char *file, const struct row *row, const struct json_strings *names,
                       struct error *error)
{
    enum score_term term;

    for (size_t i = 0; i < names->count; i++)
        if (!score_term_find(names->items[i], &term))
            return unknown_term(file, &row->origin, names->items[i], error);
    return 0;
}

static int take_terms(const struct document *document, const char *file, const struct score_weights *words,
                      struct score_weights *weights, struct error *error)
{
    for (size_t i = 0; i < document->terms.count; i++) {
        const struct row *row = &((const struct row *)document->terms.items)[i];
        enum score_term term;

        if (!score_term_find(document->terms.keys[i], &term))
            return unknown_term(file, &row->origin, document->terms.keys[i], error);
        if (words == NULL && (row->what == NULL || row->lower == NULL))
            return error_set(error, ERROR_INVALID, "%s:%u:%u: the term has no words", file, row->origin.line,
                             row->origin.column);
        weights->terms[term] = (struct score_words){
            row->weight, row->what != NULL || words == NULL ? row->what : words->terms[term].what,
            row->lower != NULL || words == NULL ? row->lower : words->terms[term].lower};
    }
    return 0;
}

static int take_interactions(const struct document *document, const char *file, struct arena *arena,
                             struct score_weights *weights, struct error *error)
{
    struct score_interaction *items =
        arena_array(arena, document->interactions.count, sizeof(struct score_interaction));

    for (size_t i = 0; i < document->interactions.count; i++) {
        const struct row *row = &((const struct row *)document->interactions.items)[i];

        if (check_names(file, row, &row->all, error) != 0 || check_names(file, row, &row->any, error) != 0)
            return -1;
        if (row->all.count + row->any.count < 2)
            return error_set(error, ERROR_INVALID, "%s:%u:%u: an interaction is of two terms at least", file,
                             row->origin.line, row->origin.column);
        items[i] =
            (struct score_interaction){row->name, {row->weight, row->what, row->lower}, row->all, row->any};
    }
    weights->interactions = items;
    weights->interaction_count = document->interactions.count;
    return 0;
}

int score_weights_read(const char *bytes, size_t length, const char *file, const struct score_weights *words,
                       struct arena *arena, struct score_weights *weights, struct error *error)
{
    const struct json_limits limits = {.bytes = BYTES_MAX, .comments = true};
    const struct json_decoding decoding = {.name = file, .arena = arena};
    struct document document;
    struct json_value *root;

    *weights = (struct score_weights){.file = file};
    if (json_read(bytes, length, file, &limits, arena, &root, error) != 0 ||
        json_decode(&decoding, &document_table, root, &document, error) != 0)
        return -1;
    if (document.version != VERSION)
        return error_set(error, ERROR_INVALID, "%s: \"thwart-score\" is %u: only %u is known", file,
                         document.version, (unsigned int)VERSION);
    if (document.half == 0)
        return error_set(error, ERROR_INVALID, "%s: \"half\" is 0: the points that score 5.0 must be some",
                         file);
    weights->half = document.half;
    if (take_terms(&document, file, words, weights, error) != 0)
        return -1;
    return take_interactions(&document, file, arena, weights, error);
}

int score_weights_shipped(struct arena *arena, struct score_weights *weights, struct error *error)
{
    const struct shipped_file *file = shipped_file("score/weights");

    if (file == NULL)
        return error_set(error, ERROR_INVALID, "no weights are built in");
    return score_weights_read(file->bytes, file->length, "weights.json", NULL, arena, weights, error);
}

bool score_interaction_holds(const struct score_interaction *interaction, const struct score_view *view)
{
    bool some = interaction->any.count == 0;
    enum score_term term;

    for (size_t i = 0; i < interaction->all.count; i++)
        if (!score_term_find(interaction->all.items[i], &term) || !view->terms[term].present)
            return false;
    for (size_t i = 0; i < interaction->any.count && !some; i++)
        some = score_term_find(interaction->any.items[i], &term) && view->terms[term].present;
    return some;
}

uint32_t score_points(const struct score_weights *weights, const struct score_view *view)
{
    uint32_t points = 0;

    for (size_t i = 0; i < SCORE_TERM_COUNT; i++)
        if (view->terms[i].present)
            points += weights->terms[i].weight;
    for (size_t i = 0; i < weights->interaction_count; i++)
        if (score_interaction_holds(&weights->interactions[i], view))
            points += weights->interactions[i].words.weight;
    return points;
}

uint32_t score_of_points(const struct score_weights *weights, uint32_t points)
{
    const uint64_t whole = (uint64_t)points + weights->half;

    /* Nothing at all is 0.0, and something is not. */
    return points == 0 ? 0 : (uint32_t)((TENTHS * (uint64_t)points + whole - 1) / whole);
}
