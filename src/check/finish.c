/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of findings once all of a target are there: identity, order, counts, the outcome. */
#include "check/judge.h"

#include <stdlib.h>
#include <string.h>
#include "check/parts.h"

/* ---- identity ---- */

/* Numbers in a pointer change when somebody puts an element in front. */
static void add_pointer(struct digest_state *state, const char *pointer)
{
    for (const char *step = pointer; *step == '/';) {
        size_t length = 1 + strcspn(step + 1, "/");
        bool is_number = length > 1 && strspn(step + 1, "0123456789") == length - 1;

        digest_add(state, is_number ? "/#" : step, is_number ? 2 : length);
        step += length;
    }
}

static void add_text(struct digest_state *state, const char *text)
{
    digest_add(state, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

/* Of images the name: files of a layout are called after their contents, and an archive has many images. */
static const char *file_of(const struct check_result *result, const struct check_place *place)
{
    return place->file != NULL && result->kind != CHECK_LAYOUT ? place->file : result->name;
}

static const char *print_digest(struct digest_state *state, struct arena *arena)
{
    struct digest digest = digest_end(state);
    char hex[DIGEST_HEX_SIZE];

    digest_hex(&digest, hex);
    return arena_copy(arena, hex, CHECK_FINGERPRINT_SIZE - 1);
}

static const char *fingerprint_of(const struct check_run *run, const char *file, const char *rule,
                                  const char *pointer, const char *subject, const char *more, size_t number,
                                  struct arena *arena)
{
    struct digest_state state;

    digest_begin(&state);
    add_text(&state, check_relative(run, file));
    add_text(&state, rule);
    add_pointer(&state, pointer);
    add_text(&state, subject);
    add_text(&state, more);
    if (number > 0)
        digest_add(&state, &number, sizeof(number));
    return print_digest(&state, arena);
}

/* Of several that are the same in all that is digested the second and further ones are numbered. */
static void identify_findings(const struct check_run *run, const struct check_result *result,
                              struct check_finding *findings, struct arena *arena)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct policy_finding *what = findings[i].finding;
        const char *file = file_of(result, &findings[i].place);
        size_t number = 0;
        const char *first;

        first =
            fingerprint_of(run, file, what->rule, what->pointer, what->subject, what->requested, 0, arena);
        for (size_t k = 0; k < i; k++)
            number += strcmp(findings[k].finding->rule, what->rule) == 0 &&
                      strcmp(findings[k].fingerprint_base, first) == 0;
        findings[i].fingerprint_base = first;
        findings[i].fingerprint = number == 0 ? first
                                              : fingerprint_of(run, file, what->rule, what->pointer,
                                                               what->subject, what->requested, number, arena);
    }
}

static int compare_fingerprints(const void *one, const void *other)
{
    return strcmp(one, other);
}

static bool is_known(const struct check_loaded *loaded, const char *fingerprint)
{
    return loaded->known_count > 0 && bsearch(fingerprint, loaded->known, loaded->known_count,
                                              sizeof(*loaded->known), compare_fingerprints) != NULL;
}

/* ---- order ---- */

static int compare_findings(const void *one, const void *other)
{
    const struct check_finding *first = one, *second = other;

    if (first->severity != second->severity)
        return first->severity > second->severity ? -1 : 1;
    if (first->place.line != second->place.line)
        return first->place.line < second->place.line ? -1 : 1;
    if (first->place.column != second->place.column)
        return first->place.column < second->place.column ? -1 : 1;
    /* The decision's own order. */
    return first->finding < second->finding ? -1 : 1;
}

/* ---- the outcome ---- */

/* What keeps the container from being made, and is not known. */
static enum check_outcome outcome_of(const struct check_run *run, const struct check_result *result,
                                     enum check_outcome before)
{
    enum check_outcome worst = before;
    bool refused = false, only_host = true;

    for (size_t i = 0; i < result->finding_count; i++) {
        const struct check_finding *finding = &result->findings[i];

        if (finding->known || finding->finding->waiver != NULL)
            continue;
        if (finding->severity == CHECK_ERROR) {
            refused = true;
            only_host &= strcmp(finding->finding->rule, "TW0005") == 0;
            if (strncmp(finding->finding->rule, "TW01", 4) == 0)
                worst = CHECK_TRUST;
        }
        if (check_finding_counts(run, finding) && worst < CHECK_FINDINGS)
            worst = CHECK_FINDINGS;
    }
    if (refused && only_host && worst < CHECK_HOST)
        worst = CHECK_HOST;
    for (size_t i = 0; i < result->problem_count; i++)
        if (check_problem_counts(run, &result->problems[i]) && worst < CHECK_FINDINGS)
            worst = CHECK_FINDINGS;
    return worst;
}

void check_finish(const struct check_request *request, const struct check_loaded *loaded,
                  struct check_finding *findings, struct check_problem *problems, struct arena *arena,
                  struct check_result *result)
{
    identify_findings(&request->run, result, findings, arena);
    for (size_t i = 0; i < result->finding_count; i++) {
        findings[i].known = is_known(loaded, findings[i].fingerprint);
        result->waived_count += findings[i].finding->waiver != NULL;
        result->known_count += findings[i].known && findings[i].finding->waiver == NULL;
    }
    for (size_t i = 0; i < result->problem_count; i++) {
        problems[i].fingerprint = fingerprint_of(&request->run, file_of(result, &problems[i].place),
                                                 problems[i].advice, "", "", problems[i].message, 0, arena);
        /* A target that cannot be judged is not known: nobody has seen what is in it. */
        problems[i].known = problems[i].advice != NULL && is_known(loaded, problems[i].fingerprint);
        result->known_count += problems[i].known;
    }
    if (result->finding_count > 1)
        qsort(findings, result->finding_count, sizeof(*findings), compare_findings);
    result->findings = findings;
    result->problems = problems;
    result->outcome = outcome_of(&request->run, result, result->outcome);
}

static void count_severity(enum check_severity severity, struct check_totals *totals)
{
    totals->notes += severity == CHECK_NOTE;
    totals->warnings += severity == CHECK_WARNING;
    totals->errors += severity == CHECK_ERROR;
}

void check_count(const struct check_result *result, struct check_totals *totals)
{
    totals->targets++;
    totals->conform += result->outcome == CHECK_CONFORMS;
    totals->with_findings += result->outcome == CHECK_FINDINGS;
    totals->invalid += result->outcome == CHECK_INVALID;
    totals->host += result->outcome == CHECK_HOST;
    totals->trust += result->outcome == CHECK_TRUST;
    totals->waived += result->waived_count;
    totals->known += result->known_count;
    for (size_t i = 0; i < result->finding_count; i++)
        if (!result->findings[i].known && result->findings[i].finding->waiver == NULL)
            count_severity(result->findings[i].severity, totals);
    for (size_t i = 0; i < result->problem_count; i++)
        if (!result->problems[i].known)
            count_severity(result->problems[i].severity, totals);
}
