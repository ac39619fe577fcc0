/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See judge.h. */
#include "check/judge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/number.h"
#include "base/path.h"
#include "check/layout.h"
#include "check/layout_files.h"
#include "check/sniff.h"
#include "container/finding_places.h"
#include "container/prepare.h"

/* Bytes of a line that are kept for a report. */
enum { LINE_BYTES_MAX = 4096 };

static const struct notices nobody = {0};

/* ---- problems ---- */

/* Messages about documents begin with NAME:LINE:COLUMN: of what they are about. */
static const char *take_place(const char *message, const char *file, struct check_place *place)
{
    size_t length = file != NULL ? strlen(file) : 0;
    const char *cursor = message + length;
    uint64_t line, column;

    place->file = file;
    if (length == 0 || strncmp(message, file, length) != 0 || *cursor++ != ':' ||
        !number_scan_unsigned(&cursor, &line) || *cursor++ != ':' ||
        !number_scan_unsigned(&cursor, &column) || strncmp(cursor, ": ", 2) != 0 || line > UINT32_MAX ||
        column > UINT32_MAX)
        return message;
    place->line = place->end_line = (uint32_t)line;
    place->column = (uint32_t)column;
    place->end_column = (uint32_t)column + 1;
    return cursor + 2;
}

static const char *line_text(const struct finding_span *span, struct arena *arena)
{
    if (span->line == NULL)
        return NULL;
    /* A NUL would cut it, and nobody can show it. */
    if (memchr(span->line, '\0', span->line_length) != NULL)
        return NULL;
    return arena_copy(arena, span->line, span->line_length);
}

static void take_span(struct check_place *place, const char **text, const struct finding_lines *lines,
                      struct arena *arena)
{
    struct finding_span span = finding_span(lines, place->line, place->column);

    if (span.line == NULL)
        return;
    place->end_line = place->line;
    place->end_column = span.end_column > place->column ? span.end_column : place->column + 1;
    /* A configuration of one line is as long as itself: once for each finding would be too much. */
    if (span.line_length <= LINE_BYTES_MAX)
        *text = line_text(&span, arena);
}

struct check_result check_problem_result(const struct check_request *request,
                                         const struct check_loaded *loaded, const char *name,
                                         enum check_kind kind, enum check_outcome outcome,
                                         const char *message, struct arena *arena)
{
    struct check_problem *problem = arena_allocate(arena, sizeof(*problem));
    struct check_result result = {.name = name, .kind = kind, .outcome = outcome, .problem_count = 1};

    *problem = (struct check_problem){.severity = CHECK_ERROR, .message = arena_string(arena, message)};
    check_finish(request, loaded, NULL, problem, arena, &result);
    return result;
}

static enum check_outcome outcome_of_error(const struct error *error)
{
    switch (error->kind) {
    case ERROR_UNTRUSTED:
        return CHECK_TRUST;
    case ERROR_DENIED:
        /* A policy that does not exist is named, or a finding about a keyring: neither is the target's form.
         */
        return CHECK_FINDINGS;
    case ERROR_UNSUPPORTED:
        return CHECK_HOST;
    default:
        return CHECK_INVALID;
    }
}

static void add_error(const struct error *error, const char *file, const char *bytes, size_t length,
                      struct arena *arena, struct check_problem *problem)
{
    const struct finding_lines lines = finding_lines_of(bytes, length, arena);

    *problem = (struct check_problem){.severity = CHECK_ERROR};
    problem->message = arena_string(arena, take_place(error->message, file, &problem->place));
    take_span(&problem->place, &problem->line_text, &lines, arena);
}

/* ---- configurations ---- */

static enum check_severity severity_of(enum policy_effect effect)
{
    if (effect == POLICY_REFUSED)
        return CHECK_ERROR;
    return effect == POLICY_NARROWED ? CHECK_WARNING : CHECK_NOTE;
}

/* A platform shows one line of a difference: that of the capability, not that of all of them. */
static const struct policy_finding *at_its_token(const struct policy_finding *finding,
                                                 const struct prepared *prepared, struct arena *arena)
{
    struct policy_finding *placed;
    uint32_t line, column;

    if (prepared->tree == NULL || !finding_token(finding, prepared->tree, arena, &line, &column))
        return finding;
    placed = arena_allocate(arena, sizeof(*placed));
    *placed = *finding;
    placed->line = line;
    placed->column = column;
    return placed;
}

static struct check_finding *take_findings(const struct prepared *prepared,
                                           const struct check_document *document, struct arena *arena)
{
    const struct policy_decision *decision = &prepared->decision;
    struct check_finding *findings = arena_array(arena, decision->finding_count, sizeof(*findings));
    const bool made = document->place != NULL;
    const struct finding_lines lines = finding_lines_of(
        made ? document->shown : document->bytes, made ? document->shown_length : document->length, arena);

    for (size_t i = 0; i < decision->finding_count; i++) {
        const struct policy_finding *finding =
            made ? &decision->findings[i] : at_its_token(&decision->findings[i], prepared, arena);

        findings[i] = (struct check_finding){
            .finding = finding,
            .severity = severity_of(finding->effect),
            .place = {.line = finding->line, .column = finding->column},
        };
        if (made)
            findings[i].place = document->place(document->context, finding->pointer);
        findings[i].place.file = document->file;
        take_span(&findings[i].place, &findings[i].line_text, &lines, arena);
    }
    return findings;
}

static void take_failure(struct check_result *result, enum check_outcome outcome, const struct error *error,
                         const struct check_document *document, struct arena *arena,
                         struct check_problem *problem)
{
    result->outcome = outcome;
    result->problem_count = 1;
    add_error(error, document->file, document->bytes, document->length, arena, problem);
}

struct check_result check_judge_configuration(const struct check_request *request,
                                              const struct check_loaded *loaded,
                                              const struct check_document *document, struct arena *arena)
{
    const struct prepare_request prepare_request = {
        .id = "ID",
        .bundle = document->bundle,
        .config_file = document->file,
        .config = document->bytes,
        .config_length = document->length,
        .cgroup_manager = request->cgroup_manager,
        .facts = request->facts,
        .loaded = &loaded->policies,
        .words_alone = !request->host,
        .state_root = request->state_root,
        .decide_only = true,
    };
    struct check_problem *problem = arena_allocate(arena, sizeof(*problem));
    struct prepared *prepared = arena_allocate(arena, sizeof(*prepared));
    struct check_result result = {.name = document->name, .kind = document->kind, .outcome = CHECK_CONFORMS};
    struct check_finding *findings = NULL;
    struct error error;

    if (prepare(&prepare_request, &nobody, arena, prepared, &error) != 0) {
        take_failure(&result, outcome_of_error(&error), &error, document, arena, problem);
    } else {
        result.set = &prepared->policies;
        result.finding_count = prepared->decision.finding_count;
        findings = take_findings(prepared, document, arena);
        /* Granted: could the host that is asked about do it? */
        if (!prepared->decision.refused && request->facts != NULL &&
            prepare_plan(&prepare_request, arena, prepared, &error) != 0)
            take_failure(&result, error.kind == ERROR_INVALID ? CHECK_INVALID : CHECK_HOST, &error, document,
                         arena, problem);
    }
    check_finish(request, loaded, findings, problem, arena, &result);
    return result;
}

/* ---- policies ---- */

struct check_result check_judge_policy(const struct check_request *request, const struct check_loaded *loaded,
                                       const char *name, const char *bytes, size_t length,
                                       struct arena *arena)
{
    struct check_result result = {.name = name, .kind = CHECK_POLICY, .outcome = CHECK_CONFORMS};
    const struct finding_lines lines = finding_lines_of(bytes, length, arena);
    struct policy_problems found = {0};
    struct policies_file file;
    struct check_problem *problems;
    struct error error = {0};

    if (policies_read_file(name, arena, &found, &file, &error) != 0)
        result.outcome = CHECK_INVALID;
    else if (file.policy != NULL)
        policy_lint(file.policy, arena, &found);
    problems = arena_array(arena, found.count + 1, sizeof(*problems));
    for (size_t i = 0; i < found.count; i++) {
        const struct policy_problem *from = &found.items[i];

        problems[i] = (struct check_problem){
            .severity = from->advice != NULL ? CHECK_WARNING : CHECK_ERROR,
            .place = {.file = from->file, .line = from->line, .column = from->column},
            .message = from->pointer != NULL && *from->pointer != '\0'
                           ? arena_format(arena, "%s: %s", from->pointer, from->text)
                           : from->text,
            .advice = from->advice,
        };
        take_span(&problems[i].place, &problems[i].line_text, &lines, arena);
        if (from->advice == NULL)
            result.outcome = CHECK_INVALID;
    }
    result.problem_count = found.count;
    if (result.outcome == CHECK_INVALID && found.count == 0)
        add_error(&error, name, bytes, length, arena, &problems[result.problem_count++]);
    check_finish(request, loaded, NULL, problems, arena, &result);
    return result;
}

/* ---- any target ---- */

struct judging {
    const struct check_request *request;
    const struct check_loaded *loaded;
    const struct check_target *target;
    struct arena *arena;
    struct check_result *results;
    size_t count;
};

static void give(struct judging *judging, struct check_result result)
{
    judging->results = arena_allocate(judging->arena, sizeof(result));
    *judging->results = result;
    judging->count = 1;
}

static void give_problem(struct judging *judging, const char *message)
{
    give(judging, check_problem_result(judging->request, judging->loaded, judging->target->name,
                                       CHECK_NOTHING, CHECK_INVALID, message, judging->arena));
}

static const char *folder_of(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return NULL;
    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

static void judge_bytes(struct judging *judging, const char *name, const char *file, const char *bytes,
                        size_t length)
{
    const char *slash = strrchr(file, '/');
    const bool is_bundle = strcmp(slash != NULL ? slash + 1 : file, "config.json") == 0;

    switch (check_sniff(bytes, length)) {
    case CHECK_CONTENT_POLICY:
        give(judging,
             check_judge_policy(judging->request, judging->loaded, name, bytes, length, judging->arena));
        break;
    case CHECK_CONTENT_OTHER:
        if (judging->target->found)
            break;
        /* What is wrong with it is said by the parser. */
        __attribute__((fallthrough));
    case CHECK_CONTENT_CONFIGURATION:
        give(judging, check_judge_configuration(
                          judging->request, judging->loaded,
                          &(struct check_document){.name = name,
                                                   .kind = is_bundle ? CHECK_BUNDLE : CHECK_CONFIGURATION,
                                                   .file = file,
                                                   .bundle = folder_of(file, judging->arena),
                                                   .bytes = bytes,
                                                   .length = length},
                          judging->arena));
        break;
    }
}

static void judge_file(struct judging *judging, const char *file)
{
    struct error error;
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, file, file, PREPARE_CONFIG_BYTES_MAX, judging->arena, &bytes, &length,
                              &error) != 0) {
        /* A large file of somebody else's, among those that were found. */
        if (!judging->target->found || error.kind != ERROR_LIMIT)
            give_problem(judging, error.message);
        return;
    }
    judge_bytes(judging, judging->target->name, file, bytes, length);
}

static void judge_input(struct judging *judging)
{
    const struct check_loaded *loaded = judging->loaded;

    if (loaded->input == NULL)
        give_problem(judging, loaded->input_problem);
    else
        give(judging, check_judge_configuration(judging->request, loaded,
                                                &(struct check_document){.name = "stdin",
                                                                         .kind = CHECK_CONFIGURATION,
                                                                         .file = "stdin",
                                                                         .bytes = loaded->input,
                                                                         .length = loaded->input_length},
                                                judging->arena));
}

void check_judge(const struct check_request *request, const struct check_loaded *loaded,
                 const struct check_target *target, struct arena *arena, const struct check_result **results,
                 size_t *count)
{
    struct judging judging = {.request = request, .loaded = loaded, .target = target, .arena = arena};
    struct stat status;

    if (strcmp(target->name, "-") == 0 && !target->found)
        judge_input(&judging);
    else if (layout_files_are(target->name))
        check_judge_layout(request, loaded, target->name, arena, &judging.results, &judging.count);
    else if (stat(target->name, &status) == 0 && S_ISDIR(status.st_mode))
        judge_file(&judging, host_path_join(arena, target->name, "config.json").text);
    else
        judge_file(&judging, target->name);
    *results = judging.results;
    *count = judging.count;
}
