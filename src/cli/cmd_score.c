/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart score: how much of the host a container could reach, before and after the policies. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cli/command.h"
#include "cli/policy_decision.h"
#include "cli/score_print.h"
#include "container/finding_places.h"
#include "container/prepare.h"

enum { EXIT_STATUS_ABOVE = 1, WEIGHTS_BYTES_MAX = 1024 * 1024, TENTHS_MAX = 100, TENTH = 10 };

struct score_options {
    struct json_strings policies;
    const char *weights, *threshold, *format;
};

#define PLACE(member) offsetof(struct score_options, member)

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    {"policy", 'p', OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, in place of the default one, by name or path; may be given again"},
    {"weights", 'w', OPTION_STRING, PLACE(weights), "FILE", "in place of the weights that are built in"},
    {"threshold", 't', OPTION_STRING, PLACE(threshold), "SCORE",
     "status 1 when what a container gets scores more: 0 to 10, such as 5.5"},
    {"format", 'f', OPTION_WORD, PLACE(format), "FORMAT", "text (default) or json", .words = formats},
};

/* "5", "5.5": tenths. */
static int read_threshold(const char *text, uint32_t *tenths, struct error *error)
{
    uint32_t whole = 0;
    const char *place = text;

    *tenths = TENTHS_MAX;
    if (text == NULL)
        return 0;
    for (; *place >= '0' && *place <= '9' && whole <= TENTH; place++)
        whole = whole * TENTH + (uint32_t)(*place - '0');
    if (place != text && whole <= TENTH) {
        *tenths = whole * TENTH;
        if (place[0] == '.' && place[1] >= '0' && place[1] <= '9') {
            *tenths += (uint32_t)(place[1] - '0');
            place += 2;
        }
        if (*place == '\0' && *tenths <= TENTHS_MAX)
            return 0;
    }
    return error_set(error, ERROR_USAGE,
                     "thwart score: --threshold %.32s: expected a score from 0 to 10, such as 5.5", text);
}

static int read_weights(const char *file, struct arena *arena, struct score_weights *weights,
                        struct error *error)
{
    struct score_weights *shipped = arena_allocate(arena, sizeof(*shipped));
    size_t length;
    char *bytes;

    if (score_weights_shipped(arena, shipped, error) != 0)
        return -1;
    if (file == NULL) {
        *weights = *shipped;
        return 0;
    }
    if (prepare_read_document(AT_FDCWD, file, file, WEIGHTS_BYTES_MAX, arena, &bytes, &length, error) != 0)
        return -1;
    return score_weights_read(bytes, length, file, shipped, arena, weights, error);
}

/* As findings, which is what places are looked up for. */
static int find_places(const struct prepared *prepared, struct arena *arena, struct score_result *result,
                       struct error *error)
{
    struct policy_finding *findings = arena_array(arena, SCORE_TERM_COUNT, sizeof(*findings));
    struct policy_decision places = {.findings = findings};

    for (size_t i = 0; i < SCORE_TERM_COUNT; i++) {
        const struct score_exposure *exposure =
            result->request.terms[i].present ? &result->request.terms[i] : &result->grant.terms[i];

        findings[places.finding_count++].pointer = exposure->present ? exposure->pointers[0] : "";
    }
    if (finding_places(&places, prepared->config, prepared->config_length, arena, error) != 0)
        return -1;
    for (size_t i = 0; i < SCORE_TERM_COUNT; i++)
        if (places.findings[i].pointer[0] != '\0') {
            result->lines[i] = places.findings[i].line;
            result->columns[i] = places.findings[i].column;
        }
    return 0;
}

static int look_at(const struct invocation *invocation, const char *word, const struct policies *loaded,
                   const struct score_weights *weights, struct arena *arena, struct score_result *result,
                   struct error *error)
{
    const bool is_file = text_ends_with(word, ".json");
    const struct prepare_request request = {
        .id = "ID",
        .bundle = is_file ? NULL : word,
        .config_file = is_file ? word : NULL,
        .state_root = invocation->runtime->root,
        .cgroup_manager = invocation->runtime->cgroup_manager,
        .loaded = loaded,
        .words_alone = true,
        .decide_only = true,
    };
    struct prepared prepared;

    *result = (struct score_result){
        .bundle = word, .config = is_file ? word : host_path_join(arena, word, "config.json").text};
    if (prepare(&request, &invocation->runtime->notices, arena, &prepared, error) != 0)
        return -1;
    result->refused = prepared.decision.refused;
    score_look(prepared.spec, NULL, arena, &result->request);
    if (!result->refused)
        score_look(prepared.grant, &prepared.decision.layers, arena, &result->grant);
    result->request_points = score_points(weights, &result->request);
    result->grant_points = score_points(weights, &result->grant);
    return find_places(&prepared, arena, result, error);
}

static void begin(struct text *text, const struct score_options *options, const struct score_weights *weights,
                  uint32_t threshold)
{
    text_append(text, "{\"version\":1,\"weights\":");
    json_append_string(text, options->weights != NULL ? weights->file : "built in");
    if (options->threshold != NULL)
        text_append_format(text, ",\"threshold\":%u.%u", threshold / TENTH, threshold % TENTH);
    text_append(text, ",\"bundles\":[");
}

static int score_all(const struct invocation *invocation, const struct policies *loaded,
                     const struct score_weights *weights, uint32_t threshold, int *status,
                     struct error *error)
{
    static char here[] = ".";
    static char *const nothing_named[] = {here};
    const struct score_options *options = invocation->options;
    const bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    char *const *words = invocation->word_count > 0 ? invocation->words : nothing_named;
    const size_t count = invocation->word_count > 0 ? invocation->word_count : 1;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);

    if (json)
        begin(&text, options, weights, threshold);
    for (size_t i = 0; i < count; i++) {
        cleanup_arena struct arena arena = {0};
        struct score_result result;

        if (look_at(invocation, words[i], loaded, weights, &arena, &result, error) != 0)
            return -1;
        if (score_result_tenths(weights, &result) > threshold)
            *status = EXIT_STATUS_ABOVE;
        if (json) {
            score_print_json(&text, weights, &result, i);
        } else {
            text_append(&text, i > 0 ? "\n" : "");
            score_print_text(&text, weights, &result);
        }
    }
    if (json)
        text_append(&text, "]}\n");
    return command_print(&text, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct score_options *options = invocation->options;
    struct policies_request policies = invocation->runtime->policies;
    struct policies *loaded = arena_allocate(invocation->arena, sizeof(*loaded));
    struct score_weights weights;
    uint32_t threshold;

    policies.named = policy_words_of(invocation, &options->policies);
    if (read_threshold(options->threshold, &threshold, error) != 0 ||
        read_weights(options->weights, invocation->arena, &weights, error) != 0 ||
        policies_load(&policies, invocation->arena, loaded, error) != 0)
        return -1;
    return score_all(invocation, loaded, &weights, threshold, status, error);
}

const struct command command_score = {
    .name = "score",
    .words = "[BUNDLE...]",
    .summary = "say how much of the host a container could reach, before and after the policies",
    .words_maximum = SIZE_MAX,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct score_options),
    .family = EXIT_FAMILY_ANSWER,
    .run = run,
};
