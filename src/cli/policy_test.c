/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart policy test: the author's cases. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/path.h"
#include "cli/policy_exec.h"
#include "policy/expectation.h"

enum { CASES_BYTES_MAX = 16 * 1024 * 1024, CASES_MAX = 10000, SOME_FAILED = 1 };

struct test_options {
    const char *format, *host_facts;
};

static const char *const formats[] = {"tap", "json", NULL};

static const struct option rows[] = {
    {"format", 0, OPTION_WORD, offsetof(struct test_options, format), "FORMAT", "tap (default) or json",
     .words = formats},
    {"host-facts", 0, OPTION_STRING, offsetof(struct test_options, host_facts), "FILE",
     "of the host that cases are decided for which name none"},
};

/* A case and how it ended. */
struct outcome {
    const char *folder; /* its paths start there */
    struct policy_case wanted;
    const char *faults; /* lines; NULL: as expected */
};

struct suite {
    const struct invocation *invocation;
    struct outcome *outcomes;
    size_t count, capacity;
};

static struct outcome *add_case(struct suite *suite)
{
    if (suite->count == suite->capacity) {
        size_t capacity = suite->capacity * 2 + 32;
        struct outcome *outcomes = arena_array(suite->invocation->arena, capacity, sizeof(*outcomes));

        if (suite->count > 0)
            memcpy(outcomes, suite->outcomes, suite->count * sizeof(*outcomes));
        suite->outcomes = outcomes;
        suite->capacity = capacity;
    }
    return &suite->outcomes[suite->count++];
}

/* ---- the files ---- */

static int decode(const struct suite *suite, const char *file, const struct json_table *table, void *target,
                  struct error *error)
{
    const struct json_limits limits = {.comments = true};
    const struct json_decoding decoding = {.name = file, .arena = suite->invocation->arena};
    struct json_value *tree;
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, file, file, CASES_BYTES_MAX, suite->invocation->arena, &bytes,
                              &length, error) != 0 ||
        json_read(bytes, length, file, &limits, suite->invocation->arena, &tree, error) != 0)
        return -1;
    return json_decode(&decoding, table, tree, target, error);
}

/* A typing error would make a case that nothing can pass. */
static int check_case(const char *file, const struct policy_case *wanted, struct error *error)
{
    static const char *const effects[] = {"granted", "narrowed", "refused"};
    const char *closest;

    for (size_t i = 0; i < ARRAY_LENGTH(effects); i++)
        if (strcmp(wanted->effect, effects[i]) == 0)
            return 0;
    closest = options_closest(wanted->effect, effects, ARRAY_LENGTH(effects));
    return error_set(error, ERROR_INVALID,
                     "%s: case %s: \"effect\": \"%.64s\" is none of granted, narrowed, refused%s%s%s", file,
                     wanted->name, wanted->effect, closest != NULL ? "; did you mean " : "",
                     closest != NULL ? closest : "", closest != NULL ? "?" : "");
}

static int read_list(struct suite *suite, const char *folder, const char *file, struct error *error)
{
    struct policy_cases cases;

    if (decode(suite, file, &policy_cases_table, &cases, error) != 0)
        return -1;
    for (size_t i = 0; i < cases.cases.count; i++) {
        struct outcome *outcome = add_case(suite);

        outcome->folder = folder;
        outcome->wanted = SPEC_ITEMS(cases.cases, struct policy_case)[i];
        if (outcome->wanted.name == NULL)
            outcome->wanted.name = arena_format(suite->invocation->arena, "case %zu", i + 1);
        if (check_case(file, &outcome->wanted, error) != 0)
            return -1;
    }
    return 0;
}

static int read_folder(struct suite *suite, const char *folder, const char *name, struct error *error)
{
    struct arena *arena = suite->invocation->arena;
    const char *place = host_path_join(arena, folder, name).text;
    const char *file = host_path_join(arena, place, "expect.json").text;
    struct outcome *outcome;

    if (access(file, F_OK) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : error_system(error, errno, "looking for %s", file);
    outcome = add_case(suite);
    outcome->folder = place;
    if (decode(suite, file, &policy_case_table, &outcome->wanted, error) != 0)
        return -1;
    if (outcome->wanted.name == NULL)
        outcome->wanted.name = arena_string(arena, name);
    return check_case(file, &outcome->wanted, error);
}

static int read_cases(struct suite *suite, const char *folder, struct error *error)
{
    struct arena *arena = suite->invocation->arena;
    const char *list = host_path_join(arena, folder, "cases.json").text;
    struct dirent **entries = NULL;
    int count, result = 0;

    if (access(list, F_OK) == 0 && read_list(suite, folder, list, error) != 0)
        return -1;
    count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        return error_system(error, errno, "opening the folder of cases %s", folder);
    for (int i = 0; i < count; i++) {
        if (result == 0 && entries[i]->d_name[0] != '.' && suite->count < CASES_MAX)
            result = read_folder(suite, folder, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    if (result == 0 && suite->count == 0)
        return error_set(
            error, ERROR_INVALID,
            "%s holds no case: neither cases.json nor folders with an expect.json (thwart-policy(1))",
            folder);
    return result;
}

/* ---- running ---- */

static const char *beside(const struct suite *suite, const struct outcome *outcome, const char *path)
{
    return path != NULL ? host_path_join(suite->invocation->arena, outcome->folder, path).text : NULL;
}

static struct json_strings policies_of_case(const struct suite *suite, const struct outcome *outcome)
{
    const struct json_strings *wanted = &outcome->wanted.policies;
    struct json_strings words = {
        .items = arena_array(suite->invocation->arena, wanted->count, sizeof(*words.items)), .present = true};

    for (size_t i = 0; i < wanted->count; i++) {
        const char *word = wanted->items[i];
        bool is_file = strchr(word, '/') != NULL || text_ends_with(word, ".json");

        words.items[words.count++] = is_file ? beside(suite, outcome, word) : word;
    }
    return words;
}

static int decide(const struct suite *suite, const struct outcome *outcome, struct policy_decision *decision,
                  struct error *error)
{
    const struct test_options *options = suite->invocation->options;
    const struct policy_case *wanted = &outcome->wanted;
    struct bundle_options bundle = {
        .bundle = beside(suite, outcome, wanted->bundle != NULL ? wanted->bundle : "."),
        .config = wanted->config,
        .host_facts =
            wanted->host_facts != NULL ? beside(suite, outcome, wanted->host_facts) : options->host_facts,
        .policies = policies_of_case(suite, outcome),
    };
    struct prepared prepared;
    const char *name;

    if (policy_prepare_alone(suite->invocation, &bundle, &prepared, &name, error) != 0)
        return -1;
    *decision = prepared.decision;
    if (wanted->exec == NULL || decision->refused)
        return 0;
    return policy_decide_exec(suite->invocation, beside(suite, outcome, wanted->exec), &prepared, decision,
                              error);
}

/* What makes create fail before it decides fails the case, and not the others. */
static void run_case(const struct suite *suite, struct outcome *outcome)
{
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct policy_decision decision;
    struct error error;

    if (decide(suite, outcome, &decision, &error) != 0)
        text_append_format(&text, "%s\n", error.message);
    else
        policy_case_compare(&outcome->wanted, &decision, &text);
    outcome->faults = text.length > 0 ? arena_string(suite->invocation->arena, text.bytes) : NULL;
}

/* ---- output ---- */

static void append_tap(struct text *text, const struct suite *suite)
{
    text_append_format(text, "TAP version 13\n1..%zu\n", suite->count);
    for (size_t i = 0; i < suite->count; i++) {
        const struct outcome *outcome = &suite->outcomes[i];

        text_append_format(text, "%s %zu - ", outcome->faults == NULL ? "ok" : "not ok", i + 1);
        text_append_escaped(text, outcome->wanted.name, strlen(outcome->wanted.name));
        text_append(text, "\n");
        for (const char *line = outcome->faults; line != NULL && *line != '\0';) {
            size_t length = strcspn(line, "\n");

            text_append(text, "#   ");
            text_append_escaped(text, line, length);
            text_append(text, "\n");
            line += length + (line[length] == '\n');
        }
    }
}

static void append_json(struct text *text, const struct suite *suite, size_t failed)
{
    text_append_format(text, "{\"thwart\":1,\"cases\":%zu,\"failed\":%zu,\"results\":[", suite->count,
                       failed);
    for (size_t i = 0; i < suite->count; i++) {
        const struct outcome *outcome = &suite->outcomes[i];
        bool first = true;

        text_append(text, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(text, outcome->wanted.name);
        text_append_format(text, ",\"ok\":%s,\"faults\":[", outcome->faults == NULL ? "true" : "false");
        for (const char *line = outcome->faults; line != NULL && *line != '\0'; first = false) {
            size_t length = strcspn(line, "\n");

            text_append(text, first ? "" : ",");
            json_append_string(text, arena_copy(suite->invocation->arena, line, length));
            line += length + (line[length] == '\n');
        }
        text_append(text, "]}");
    }
    text_append(text, "]}\n");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct test_options *options = invocation->options;
    cleanup_text struct text text = text_growing(POLICY_OUTPUT_BYTES_MAX);
    struct suite suite = {.invocation = invocation};
    size_t failed = 0;

    if (read_cases(&suite, invocation->words[0], error) != 0)
        return -1;
    for (size_t i = 0; i < suite.count; i++) {
        run_case(&suite, &suite.outcomes[i]);
        failed += suite.outcomes[i].faults != NULL;
    }
    if (options->format != NULL && strcmp(options->format, "json") == 0)
        append_json(&text, &suite, failed);
    else
        append_tap(&text, &suite);
    *status = failed > 0 ? SOME_FAILED : 0;
    return command_print(&text, error);
}

const struct command policy_command_test = {
    .name = "policy test",
    .words = "DIR",
    .summary = "decide the cases of a folder, and compare with what they expect",
    .words_minimum = 1,
    .words_maximum = 1,
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct test_options),
    .run = run,
};
