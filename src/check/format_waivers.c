/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --propose-waivers: a file of waivers for what counts. It is valid as it is, and asks for words that only a
 * person can find. */
#include "check/parts.h"

#include <string.h>
#include "base/arena.h"
#include "policy/waiver.h"

static void begin(struct text *text, const struct check_run *run)
{
    (void)run;
    text_append(text, "{\"thwart\": 1, \"waivers\": [\n");
}

/* A pattern that matches this alone: what means something in patterns is escaped. */
static const char *as_pattern(struct arena *arena, const char *word)
{
    char *pattern = arena_allocate(arena, 2 * strlen(word) + 1);
    size_t length = 0;

    for (; *word != '\0'; word++) {
        if (strchr("*?[]{}\\!", *word) != NULL)
            pattern[length++] = '\\';
        pattern[length++] = *word;
    }
    return pattern;
}

static void append_result(struct text *text, const struct check_run *run, const struct check_result *result)
{
    bool first = true;

    for (size_t i = 0; i < result->finding_count; i++) {
        cleanup_arena struct arena arena = {0};
        const struct check_finding *finding = &result->findings[i];
        struct policy_waiver waiver = {
            .rule = finding->finding->rule,
            .pointer =
                *finding->finding->pointer != '\0' ? as_pattern(&arena, finding->finding->pointer) : NULL,
            .subject =
                *finding->finding->subject != '\0' ? as_pattern(&arena, finding->finding->subject) : NULL,
            .reason = arena_format(&arena, "proposed for %s (say why it may): %s", result->name,
                                   finding->finding->reason),
            .owner = "nobody yet (say who answers for it)",
            .expires = run->expires,
        };

        if (!check_finding_counts(run, finding))
            continue;
        text_append(text, first ? "" : ",\n");
        policy_waiver_print(text, &waiver, 0);
        first = false;
    }
}

static void end(struct text *text, const struct check_run *run, const struct check_totals *totals,
                size_t joined)
{
    (void)run;
    (void)totals;
    (void)joined;
    text_append(text, "\n]}\n");
}

const struct check_format check_format_waivers = {
    .name = "waivers", .begin = begin, .result = append_result, .join = check_join_comma, .end = end};
